package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// UpdateRole changes a role's description and how long its sessions may last.
//
// Spec: IAM API Reference, UpdateRole.
func (s *Service) UpdateRole(ctx context.Context, in *api.UpdateRoleInput) (*api.UpdateRoleOutput, error) {
	err := s.update(ctx, func(t *table) error {
		e, err := t.load(role, in.RoleName)
		if err != nil {
			return err
		}
		if e.Linked != "" && in.MaxSessionDuration != nil {
			return unmodifiable(e.Name, e.Linked)
		}
		if in.Description != nil {
			e.Description = in.Description
		}
		e.MaxSession = sessionOr(in.MaxSessionDuration)
		return t.save(role, e)
	})
	return &api.UpdateRoleOutput{}, err
}
