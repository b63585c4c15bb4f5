package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/kv"
)

// UntagInstanceProfile takes tags off an instance profile.
//
// Spec: IAM API Reference, UntagInstanceProfile.
func (s *Service) UntagInstanceProfile(ctx context.Context, in *api.UntagInstanceProfileInput) (*api.UntagInstanceProfileOutput, error) {
	err := s.update(ctx, func(t *table) error {
		p, err := t.loadProfile(in.InstanceProfileName)
		if err != nil {
			return err
		}
		p.Tags = without(p.Tags, in.TagKeys)
		return kv.Put(t.tx, t.profileKey(p.Name), *p)
	})
	return &api.UntagInstanceProfileOutput{}, err
}
