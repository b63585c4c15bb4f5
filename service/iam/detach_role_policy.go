package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// DetachRolePolicy takes a managed policy off a role.
//
// Spec: IAM API Reference, DetachRolePolicy.
func (s *Service) DetachRolePolicy(ctx context.Context, in *api.DetachRolePolicyInput) (*api.DetachRolePolicyOutput, error) {
	err := s.update(ctx, func(t *table) error { return t.detach(role, in.RoleName, in.PolicyArn) })
	return &api.DetachRolePolicyOutput{}, err
}
