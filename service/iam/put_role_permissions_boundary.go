package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// PutRolePermissionsBoundary sets the managed policy that bounds what a role may be given.
//
// Spec: IAM API Reference, PutRolePermissionsBoundary.
func (s *Service) PutRolePermissionsBoundary(ctx context.Context, in *api.PutRolePermissionsBoundaryInput) (*api.PutRolePermissionsBoundaryOutput, error) {
	err := s.update(ctx, func(t *table) error {
		e, err := t.load(role, in.RoleName)
		if err != nil {
			return err
		}
		if e.Linked != "" {
			return unmodifiable(e.Name, e.Linked)
		}
		if err := t.setBoundary(role, e, in.PermissionsBoundary); err != nil {
			return err
		}
		return t.save(role, e)
	})
	return &api.PutRolePermissionsBoundaryOutput{}, err
}
