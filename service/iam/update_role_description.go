package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// UpdateRoleDescription changes a role's description.
//
// Spec: IAM API Reference, UpdateRoleDescription.
func (s *Service) UpdateRoleDescription(ctx context.Context, in *api.UpdateRoleDescriptionInput) (*api.UpdateRoleDescriptionOutput, error) {
	var out api.Role
	err := s.update(ctx, func(t *table) error {
		e, err := t.load(role, in.RoleName)
		if err != nil {
			return err
		}
		e.Description = &in.Description
		out = roleOut(e)
		return t.save(role, e)
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdateRoleDescriptionOutput{Role: &out}, nil
}
