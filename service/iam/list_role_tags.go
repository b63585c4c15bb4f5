package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// ListRoleTags lists a role's tags, by key.
//
// Spec: IAM API Reference, ListRoleTags.
func (s *Service) ListRoleTags(ctx context.Context, in *api.ListRoleTagsInput) (*api.ListRoleTagsOutput, error) {
	var out page[api.Tag]
	err := s.view(ctx, func(t *table) error {
		e, err := t.load(role, in.RoleName)
		if err != nil {
			return err
		}
		out = tagPage(e.Tags, in.Marker, in.MaxItems)
		return nil
	})
	return &api.ListRoleTagsOutput{Tags: out.items, IsTruncated: out.truncated, Marker: out.marker}, err
}
