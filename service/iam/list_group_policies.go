package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// ListGroupPolicies lists the names of a group's inline policies.
//
// Spec: IAM API Reference, ListGroupPolicies.
func (s *Service) ListGroupPolicies(ctx context.Context, in *api.ListGroupPoliciesInput) (*api.ListGroupPoliciesOutput, error) {
	var out page[string]
	err := s.view(ctx, func(t *table) (err error) {
		out, err = t.inlineNames(group, in.GroupName, in.Marker, in.MaxItems)
		return err
	})
	return &api.ListGroupPoliciesOutput{PolicyNames: out.items, IsTruncated: out.truncated, Marker: out.marker}, err
}
