package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// ListInstanceProfileTags lists an instance profile's tags, by key.
//
// Spec: IAM API Reference, ListInstanceProfileTags.
func (s *Service) ListInstanceProfileTags(ctx context.Context, in *api.ListInstanceProfileTagsInput) (*api.ListInstanceProfileTagsOutput, error) {
	var out page[api.Tag]
	err := s.view(ctx, func(t *table) error {
		p, err := t.loadProfile(in.InstanceProfileName)
		if err != nil {
			return err
		}
		out = tagPage(p.Tags, in.Marker, in.MaxItems)
		return nil
	})
	return &api.ListInstanceProfileTagsOutput{Tags: out.items, IsTruncated: out.truncated, Marker: out.marker}, err
}
