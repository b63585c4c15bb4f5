package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// ListRoles lists roles below a path.
//
// Spec: IAM API Reference, ListRoles.
func (s *Service) ListRoles(ctx context.Context, in *api.ListRolesInput) (*api.ListRolesOutput, error) {
	var out page[api.Role]
	err := s.view(ctx, func(t *table) (err error) {
		out, err = list(t, t.key(string(role)), in.Marker, in.MaxItems, func(e *entity) (api.Role, bool, error) {
			return listed(roleOut(e)), under(in.PathPrefix, e.Path), nil
		})
		return err
	})
	return &api.ListRolesOutput{Roles: out.items, IsTruncated: out.truncated, Marker: out.marker}, err
}
