package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// AttachRolePolicy puts a managed policy on a role.
//
// Spec: IAM API Reference, AttachRolePolicy.
func (s *Service) AttachRolePolicy(ctx context.Context, in *api.AttachRolePolicyInput) (*api.AttachRolePolicyOutput, error) {
	err := s.update(ctx, func(t *table) error { return t.attach(role, in.RoleName, in.PolicyArn) })
	return &api.AttachRolePolicyOutput{}, err
}
