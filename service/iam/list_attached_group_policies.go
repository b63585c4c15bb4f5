package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// ListAttachedGroupPolicies lists a group's managed policies.
//
// Spec: IAM API Reference, ListAttachedGroupPolicies.
func (s *Service) ListAttachedGroupPolicies(ctx context.Context, in *api.ListAttachedGroupPoliciesInput) (*api.ListAttachedGroupPoliciesOutput, error) {
	var out page[api.AttachedPolicy]
	err := s.view(ctx, func(t *table) (err error) {
		out, err = t.attachedTo(group, in.GroupName, in.PathPrefix, in.Marker, in.MaxItems)
		return err
	})
	return &api.ListAttachedGroupPoliciesOutput{AttachedPolicies: out.items, IsTruncated: out.truncated, Marker: out.marker}, err
}
