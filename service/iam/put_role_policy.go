package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// PutRolePolicy adds or replaces an inline policy of a role.
//
// Spec: IAM API Reference, PutRolePolicy.
func (s *Service) PutRolePolicy(ctx context.Context, in *api.PutRolePolicyInput) (*api.PutRolePolicyOutput, error) {
	err := s.update(ctx, func(t *table) error {
		return t.putInline(role, in.RoleName, in.PolicyName, in.PolicyDocument)
	})
	return &api.PutRolePolicyOutput{}, err
}
