package iam

import (
	"context"
	"time"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/auth"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// CreateAccessKey makes an access key for a user, or for the caller. Its secret is told this once.
//
// Spec: IAM API Reference, CreateAccessKey.
func (s *Service) CreateAccessKey(ctx context.Context, in *api.CreateAccessKeyInput) (*api.CreateAccessKeyOutput, error) {
	now := s.now()
	var key auth.Key
	var made accessKey
	secret := auth.NewKey(s.deps.IDs, call.Principal{}, time.Time{})
	err := s.update(ctx, func(t *table) error {
		name, root, err := s.callerOr(ctx, in.UserName)
		if err != nil {
			return err
		}
		key = secret
		if root {
			key.Principal = auth.RootPrincipal(t.account)
			name = rootOwner
		} else {
			e, err := t.load(user, name)
			if err != nil {
				return err
			}
			name = e.Name
			key.Principal = call.Principal{Kind: call.User, Account: t.account, ARN: e.ARN, UserID: e.ID}
		}
		key.Principal.AccessKey = key.ID
		n, err := t.count(t.key("key", fold(name)))
		if err != nil {
			return err
		}
		if n >= keysQuota {
			return quota("AccessKeysPerUser", keysQuota)
		}
		made = accessKey{ID: key.ID, User: name, Created: now}
		if err := kv.Put(t.tx, t.accessKeyKey(name, key.ID), made); err != nil {
			return err
		}
		return auth.PutKey(t.tx, key)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateAccessKeyOutput{AccessKey: &api.AccessKey{
		UserName: made.User, AccessKeyId: key.ID, SecretAccessKey: string(key.Secret), Status: "Active", CreateDate: &now,
	}}, nil
}

// keysQuota is how many access keys a user may have.
const keysQuota = 2

// rootOwner stands for the account's root where a user's name is wanted: no
// user can be called so.
const rootOwner = "<root_account>"
