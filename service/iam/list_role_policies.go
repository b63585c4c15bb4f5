package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// ListRolePolicies lists the names of a role's inline policies.
//
// Spec: IAM API Reference, ListRolePolicies.
func (s *Service) ListRolePolicies(ctx context.Context, in *api.ListRolePoliciesInput) (*api.ListRolePoliciesOutput, error) {
	var out page[string]
	err := s.view(ctx, func(t *table) (err error) {
		out, err = t.inlineNames(role, in.RoleName, in.Marker, in.MaxItems)
		return err
	})
	return &api.ListRolePoliciesOutput{PolicyNames: out.items, IsTruncated: out.truncated, Marker: out.marker}, err
}
