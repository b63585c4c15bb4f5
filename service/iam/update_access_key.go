package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/auth"
	"maru.dev/maru/kv"
)

// UpdateAccessKey switches an access key on or off.
//
// Spec: IAM API Reference, UpdateAccessKey.
func (s *Service) UpdateAccessKey(ctx context.Context, in *api.UpdateAccessKeyInput) (*api.UpdateAccessKeyOutput, error) {
	err := s.update(ctx, func(t *table) error {
		k, err := s.accessKeyOf(ctx, t, in.UserName, in.AccessKeyId)
		if err != nil {
			return err
		}
		k.Inactive = in.Status != "Active"
		if err := kv.Put(t.tx, t.accessKeyKey(k.User, k.ID), *k); err != nil {
			return err
		}
		key, ok, err := auth.GetKey(t.tx, k.ID)
		if err != nil || !ok {
			return err
		}
		key.Inactive = k.Inactive
		return auth.PutKey(t.tx, key)
	})
	return &api.UpdateAccessKeyOutput{}, err
}
