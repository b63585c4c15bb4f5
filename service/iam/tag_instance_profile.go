package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/kv"
)

// TagInstanceProfile adds or changes tags of an instance profile.
//
// Spec: IAM API Reference, TagInstanceProfile.
func (s *Service) TagInstanceProfile(ctx context.Context, in *api.TagInstanceProfileInput) (*api.TagInstanceProfileOutput, error) {
	err := s.update(ctx, func(t *table) error {
		p, err := t.loadProfile(in.InstanceProfileName)
		if err != nil {
			return err
		}
		if p.Tags, err = merged(p.Tags, in.Tags); err != nil {
			return err
		}
		return kv.Put(t.tx, t.profileKey(p.Name), *p)
	})
	return &api.TagInstanceProfileOutput{}, err
}
