package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// UpdateUser renames a user, or moves it to another path.
//
// Spec: IAM API Reference, UpdateUser.
func (s *Service) UpdateUser(ctx context.Context, in *api.UpdateUserInput) (*api.UpdateUserOutput, error) {
	err := s.update(ctx, func(t *table) error {
		return t.rename(user, in.UserName, in.NewUserName, in.NewPath)
	})
	return &api.UpdateUserOutput{}, err
}
