package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// ListGroupsForUser lists the groups that a user is in.
//
// Spec: IAM API Reference, ListGroupsForUser.
func (s *Service) ListGroupsForUser(ctx context.Context, in *api.ListGroupsForUserInput) (*api.ListGroupsForUserOutput, error) {
	var out page[api.Group]
	err := s.view(ctx, func(t *table) error {
		u, err := t.load(user, in.UserName)
		if err != nil {
			return err
		}
		out, err = list(t, t.key("group-of", fold(u.Name)), in.Marker, in.MaxItems, func(m *member) (api.Group, bool, error) {
			g, err := t.load(group, m.Group)
			if err != nil {
				return api.Group{}, false, err
			}
			return groupOut(g), true, nil
		})
		return err
	})
	return &api.ListGroupsForUserOutput{Groups: out.items, IsTruncated: out.truncated, Marker: out.marker}, err
}
