package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// ListUserPolicies lists the names of a user's inline policies.
//
// Spec: IAM API Reference, ListUserPolicies.
func (s *Service) ListUserPolicies(ctx context.Context, in *api.ListUserPoliciesInput) (*api.ListUserPoliciesOutput, error) {
	var out page[string]
	err := s.view(ctx, func(t *table) (err error) {
		out, err = t.inlineNames(user, in.UserName, in.Marker, in.MaxItems)
		return err
	})
	return &api.ListUserPoliciesOutput{PolicyNames: out.items, IsTruncated: out.truncated, Marker: out.marker}, err
}
