package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// DeleteRolePermissionsBoundary removes a role's permissions boundary.
//
// Spec: IAM API Reference, DeleteRolePermissionsBoundary.
func (s *Service) DeleteRolePermissionsBoundary(ctx context.Context, in *api.DeleteRolePermissionsBoundaryInput) (*api.DeleteRolePermissionsBoundaryOutput, error) {
	err := s.update(ctx, func(t *table) error {
		e, err := t.load(role, in.RoleName)
		if err != nil {
			return err
		}
		if e.Linked != "" {
			return unmodifiable(e.Name, e.Linked)
		}
		if e.Boundary == "" {
			return noEntityf("The role %s does not have a permissions boundary.", e.Name)
		}
		if err := t.setBoundary(role, e, ""); err != nil {
			return err
		}
		return t.save(role, e)
	})
	return &api.DeleteRolePermissionsBoundaryOutput{}, err
}
