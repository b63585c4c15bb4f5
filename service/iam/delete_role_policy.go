package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// DeleteRolePolicy removes an inline policy of a role.
//
// Spec: IAM API Reference, DeleteRolePolicy.
func (s *Service) DeleteRolePolicy(ctx context.Context, in *api.DeleteRolePolicyInput) (*api.DeleteRolePolicyOutput, error) {
	err := s.update(ctx, func(t *table) error { return t.deleteInline(role, in.RoleName, in.PolicyName) })
	return &api.DeleteRolePolicyOutput{}, err
}
