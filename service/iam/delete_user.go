package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// DeleteUser removes a user on whom nothing hangs any more.
//
// Spec: IAM API Reference, DeleteUser.
func (s *Service) DeleteUser(ctx context.Context, in *api.DeleteUserInput) (*api.DeleteUserOutput, error) {
	err := s.update(ctx, func(t *table) error {
		e, err := t.load(user, in.UserName)
		if err != nil {
			return err
		}
		keys, err := t.some(t.key("key", fold(e.Name)))
		if err != nil {
			return err
		}
		if keys {
			return conflict("Cannot delete entity, must delete access keys first.")
		}
		if err := t.bare(user, e); err != nil {
			return err
		}
		groups, err := t.some(t.key("group-of", fold(e.Name)))
		if err != nil {
			return err
		}
		if groups {
			return conflict("Cannot delete entity, must remove users from group first.")
		}
		return t.remove(user, e)
	})
	return &api.DeleteUserOutput{}, err
}
