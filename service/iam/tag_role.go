package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// TagRole adds or changes tags of a role.
//
// Spec: IAM API Reference, TagRole.
func (s *Service) TagRole(ctx context.Context, in *api.TagRoleInput) (*api.TagRoleOutput, error) {
	err := s.update(ctx, func(t *table) error {
		e, err := t.load(role, in.RoleName)
		if err != nil {
			return err
		}
		if e.Tags, err = merged(e.Tags, in.Tags); err != nil {
			return err
		}
		return t.save(role, e)
	})
	return &api.TagRoleOutput{}, err
}
