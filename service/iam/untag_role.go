package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// UntagRole takes tags off a role.
//
// Spec: IAM API Reference, UntagRole.
func (s *Service) UntagRole(ctx context.Context, in *api.UntagRoleInput) (*api.UntagRoleOutput, error) {
	err := s.update(ctx, func(t *table) error {
		e, err := t.load(role, in.RoleName)
		if err != nil {
			return err
		}
		e.Tags = without(e.Tags, in.TagKeys)
		return t.save(role, e)
	})
	return &api.UntagRoleOutput{}, err
}
