package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// DeleteUserPolicy removes an inline policy of a user.
//
// Spec: IAM API Reference, DeleteUserPolicy.
func (s *Service) DeleteUserPolicy(ctx context.Context, in *api.DeleteUserPolicyInput) (*api.DeleteUserPolicyOutput, error) {
	err := s.update(ctx, func(t *table) error { return t.deleteInline(user, in.UserName, in.PolicyName) })
	return &api.DeleteUserPolicyOutput{}, err
}
