package iam

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/auth"
	"maru.dev/maru/kv"
)

// DeleteAccessKey removes an access key: it signs nothing any more.
//
// Spec: IAM API Reference, DeleteAccessKey.
func (s *Service) DeleteAccessKey(ctx context.Context, in *api.DeleteAccessKeyInput) (*api.DeleteAccessKeyOutput, error) {
	err := s.update(ctx, func(t *table) error {
		k, err := s.accessKeyOf(ctx, t, in.UserName, in.AccessKeyId)
		if err != nil {
			return err
		}
		if err := t.tx.Delete(t.accessKeyKey(k.User, k.ID)); err != nil {
			return err
		}
		return auth.DeleteKey(t.tx, k.ID)
	})
	return &api.DeleteAccessKeyOutput{}, err
}

// accessKeyOf finds an access key of a user that is named, or of the caller.
func (s *Service) accessKeyOf(ctx context.Context, t *table, userName *string, id string) (*accessKey, error) {
	name, root, err := s.callerOr(ctx, userName)
	if err != nil {
		return nil, err
	}
	if root {
		name = rootOwner
	} else if _, err := t.load(user, name); err != nil {
		return nil, err
	}
	k, ok, err := kv.Get[accessKey](t.tx, t.accessKeyKey(name, id))
	switch {
	case err != nil:
		return nil, fmt.Errorf("load access key: %w", err)
	case !ok:
		return nil, noEntityf("The Access Key with id %s cannot be found.", id)
	}
	return &k, nil
}
