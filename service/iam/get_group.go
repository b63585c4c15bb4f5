package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// GetGroup describes a group, with a page of its users.
//
// Spec: IAM API Reference, GetGroup.
func (s *Service) GetGroup(ctx context.Context, in *api.GetGroupInput) (*api.GetGroupOutput, error) {
	var out *api.GetGroupOutput
	err := s.view(ctx, func(t *table) error {
		e, err := t.load(group, in.GroupName)
		if err != nil {
			return err
		}
		users, err := list(t, t.key("member", fold(e.Name)), in.Marker, in.MaxItems, func(m *member) (api.User, bool, error) {
			u, err := t.load(user, m.User)
			if err != nil {
				return api.User{}, false, err
			}
			return userOut(u), true, nil
		})
		out = &api.GetGroupOutput{Group: new(groupOut(e)), Users: users.items, IsTruncated: users.truncated, Marker: users.marker}
		return err
	})
	return out, err
}
