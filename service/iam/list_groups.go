package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// ListGroups lists groups below a path.
//
// Spec: IAM API Reference, ListGroups.
func (s *Service) ListGroups(ctx context.Context, in *api.ListGroupsInput) (*api.ListGroupsOutput, error) {
	var out page[api.Group]
	err := s.view(ctx, func(t *table) (err error) {
		out, err = list(t, t.key(string(group)), in.Marker, in.MaxItems, func(e *entity) (api.Group, bool, error) {
			return groupOut(e), under(in.PathPrefix, e.Path), nil
		})
		return err
	})
	return &api.ListGroupsOutput{Groups: out.items, IsTruncated: out.truncated, Marker: out.marker}, err
}
