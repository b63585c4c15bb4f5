package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// ListAttachedUserPolicies lists a user's managed policies.
//
// Spec: IAM API Reference, ListAttachedUserPolicies.
func (s *Service) ListAttachedUserPolicies(ctx context.Context, in *api.ListAttachedUserPoliciesInput) (*api.ListAttachedUserPoliciesOutput, error) {
	var out page[api.AttachedPolicy]
	err := s.view(ctx, func(t *table) (err error) {
		out, err = t.attachedTo(user, in.UserName, in.PathPrefix, in.Marker, in.MaxItems)
		return err
	})
	return &api.ListAttachedUserPoliciesOutput{AttachedPolicies: out.items, IsTruncated: out.truncated, Marker: out.marker}, err
}
