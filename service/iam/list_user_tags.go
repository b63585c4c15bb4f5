package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// ListUserTags lists a user's tags, by key.
//
// Spec: IAM API Reference, ListUserTags.
func (s *Service) ListUserTags(ctx context.Context, in *api.ListUserTagsInput) (*api.ListUserTagsOutput, error) {
	var out page[api.Tag]
	err := s.view(ctx, func(t *table) error {
		e, err := t.load(user, in.UserName)
		if err != nil {
			return err
		}
		out = tagPage(e.Tags, in.Marker, in.MaxItems)
		return nil
	})
	return &api.ListUserTagsOutput{Tags: out.items, IsTruncated: out.truncated, Marker: out.marker}, err
}
