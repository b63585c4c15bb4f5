package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// ListUsers lists users below a path.
//
// Spec: IAM API Reference, ListUsers.
func (s *Service) ListUsers(ctx context.Context, in *api.ListUsersInput) (*api.ListUsersOutput, error) {
	var out page[api.User]
	err := s.view(ctx, func(t *table) (err error) {
		out, err = list(t, t.key(string(user)), in.Marker, in.MaxItems, func(e *entity) (api.User, bool, error) {
			return userOut(e), under(in.PathPrefix, e.Path), nil
		})
		return err
	})
	return &api.ListUsersOutput{Users: out.items, IsTruncated: out.truncated, Marker: out.marker}, err
}
