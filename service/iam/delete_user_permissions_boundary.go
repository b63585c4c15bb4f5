package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// DeleteUserPermissionsBoundary removes a user's permissions boundary.
//
// Spec: IAM API Reference, DeleteUserPermissionsBoundary.
func (s *Service) DeleteUserPermissionsBoundary(ctx context.Context, in *api.DeleteUserPermissionsBoundaryInput) (*api.DeleteUserPermissionsBoundaryOutput, error) {
	err := s.update(ctx, func(t *table) error {
		e, err := t.load(user, in.UserName)
		if err != nil {
			return err
		}
		if e.Boundary == "" {
			return noEntityf("The user %s does not have a permissions boundary.", e.Name)
		}
		if err := t.setBoundary(user, e, ""); err != nil {
			return err
		}
		return t.save(user, e)
	})
	return &api.DeleteUserPermissionsBoundaryOutput{}, err
}
