package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// ListAccessKeys lists a user's access keys, or the caller's.
//
// Spec: IAM API Reference, ListAccessKeys.
func (s *Service) ListAccessKeys(ctx context.Context, in *api.ListAccessKeysInput) (*api.ListAccessKeysOutput, error) {
	var out page[api.AccessKeyMetadata]
	err := s.view(ctx, func(t *table) error {
		name, root, err := s.callerOr(ctx, in.UserName)
		if err != nil {
			return err
		}
		if root {
			name = rootOwner
		} else if _, err := t.load(user, name); err != nil {
			return err
		}
		out, err = list(t, t.key("key", fold(name)), in.Marker, in.MaxItems, func(k *accessKey) (api.AccessKeyMetadata, bool, error) {
			return api.AccessKeyMetadata{UserName: &k.User, AccessKeyId: &k.ID, Status: new(k.status()), CreateDate: &k.Created}, true, nil
		})
		return err
	})
	return &api.ListAccessKeysOutput{AccessKeyMetadata: out.items, IsTruncated: out.truncated, Marker: out.marker}, err
}

// status is whether the key signs, as the API says it.
func (k *accessKey) status() string {
	if k.Inactive {
		return "Inactive"
	}
	return "Active"
}
