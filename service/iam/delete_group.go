package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// DeleteGroup removes a group without users and policies.
//
// Spec: IAM API Reference, DeleteGroup.
func (s *Service) DeleteGroup(ctx context.Context, in *api.DeleteGroupInput) (*api.DeleteGroupOutput, error) {
	err := s.update(ctx, func(t *table) error {
		e, err := t.load(group, in.GroupName)
		if err != nil {
			return err
		}
		users, err := t.some(t.key("member", fold(e.Name)))
		if err != nil {
			return err
		}
		if users {
			return conflict("Cannot delete entity, must remove users from group first.")
		}
		if err := t.bare(group, e); err != nil {
			return err
		}
		return t.remove(group, e)
	})
	return &api.DeleteGroupOutput{}, err
}
