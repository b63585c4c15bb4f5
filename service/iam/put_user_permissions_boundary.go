package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// PutUserPermissionsBoundary sets the managed policy that bounds what a user may be given.
//
// Spec: IAM API Reference, PutUserPermissionsBoundary.
func (s *Service) PutUserPermissionsBoundary(ctx context.Context, in *api.PutUserPermissionsBoundaryInput) (*api.PutUserPermissionsBoundaryOutput, error) {
	err := s.update(ctx, func(t *table) error {
		e, err := t.load(user, in.UserName)
		if err != nil {
			return err
		}
		if err := t.setBoundary(user, e, in.PermissionsBoundary); err != nil {
			return err
		}
		return t.save(user, e)
	})
	return &api.PutUserPermissionsBoundaryOutput{}, err
}
