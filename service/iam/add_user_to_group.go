package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/kv"
)

// AddUserToGroup makes a user a member of a group.
//
// Spec: IAM API Reference, AddUserToGroup.
func (s *Service) AddUserToGroup(ctx context.Context, in *api.AddUserToGroupInput) (*api.AddUserToGroupOutput, error) {
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
		if err != nil || is {
			return err
		}
		n, err := t.count(t.key("group-of", fold(u.Name)))
		if err != nil {
			return err
		}
		if n >= groupsQuota {
			return quota("GroupsPerUser", groupsQuota)
		}
		m := member{User: u.Name, Group: g.Name}
		if err := kv.Put(t.tx, t.memberKey(g.Name, u.Name), m); err != nil {
			return err
		}
		return kv.Put(t.tx, t.groupOfKey(u.Name, g.Name), m)
	})
	return &api.AddUserToGroupOutput{}, err
}

// groupsQuota is how many groups a user may be in.
const groupsQuota = 10
