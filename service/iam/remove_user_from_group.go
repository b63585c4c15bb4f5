package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// RemoveUserFromGroup ends a user's membership of a group.
//
// Spec: IAM API Reference, RemoveUserFromGroup.
func (s *Service) RemoveUserFromGroup(ctx context.Context, in *api.RemoveUserFromGroupInput) (*api.RemoveUserFromGroupOutput, error) {
	err := s.update(ctx, func(t *table) error {
		g, err := t.load(group, in.GroupName)
		if err != nil {
			return err
		}
		u, err := t.load(user, in.UserName)
		if err != nil {
			return err
		}
		_, is, err := t.tx.Get(t.memberKey(g.Name, u.Name))
		if err != nil {
			return err
		}
		if !is {
			return noEntityf("User %s is not in group %s.", u.Name, g.Name)
		}
		if err := t.tx.Delete(t.memberKey(g.Name, u.Name)); err != nil {
			return err
		}
		return t.tx.Delete(t.groupOfKey(u.Name, g.Name))
	})
	return &api.RemoveUserFromGroupOutput{}, err
}
