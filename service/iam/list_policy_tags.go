package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// ListPolicyTags lists a managed policy's tags, by key.
//
// Spec: IAM API Reference, ListPolicyTags.
func (s *Service) ListPolicyTags(ctx context.Context, in *api.ListPolicyTagsInput) (*api.ListPolicyTagsOutput, error) {
	var out page[api.Tag]
	err := s.view(ctx, func(t *table) error {
		p, err := t.policyNamed(in.PolicyArn)
		if err != nil {
			return err
		}
		out = tagPage(p.Tags, in.Marker, in.MaxItems)
		return nil
	})
	return &api.ListPolicyTagsOutput{Tags: out.items, IsTruncated: out.truncated, Marker: out.marker}, err
}
