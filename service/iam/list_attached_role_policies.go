package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// ListAttachedRolePolicies lists a role's managed policies.
//
// Spec: IAM API Reference, ListAttachedRolePolicies.
func (s *Service) ListAttachedRolePolicies(ctx context.Context, in *api.ListAttachedRolePoliciesInput) (*api.ListAttachedRolePoliciesOutput, error) {
	var out page[api.AttachedPolicy]
	err := s.view(ctx, func(t *table) (err error) {
		out, err = t.attachedTo(role, in.RoleName, in.PathPrefix, in.Marker, in.MaxItems)
		return err
	})
	return &api.ListAttachedRolePoliciesOutput{AttachedPolicies: out.items, IsTruncated: out.truncated, Marker: out.marker}, err
}
