package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// GetRole describes a role.
//
// Spec: IAM API Reference, GetRole.
func (s *Service) GetRole(ctx context.Context, in *api.GetRoleInput) (*api.GetRoleOutput, error) {
	var out api.Role
	err := s.view(ctx, func(t *table) error {
		e, err := t.load(role, in.RoleName)
		if err != nil {
			return err
		}
		out = roleOut(e)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.GetRoleOutput{Role: &out}, nil
}
