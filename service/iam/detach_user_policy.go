package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// DetachUserPolicy takes a managed policy off a user.
//
// Spec: IAM API Reference, DetachUserPolicy.
func (s *Service) DetachUserPolicy(ctx context.Context, in *api.DetachUserPolicyInput) (*api.DetachUserPolicyOutput, error) {
	err := s.update(ctx, func(t *table) error { return t.detach(user, in.UserName, in.PolicyArn) })
	return &api.DetachUserPolicyOutput{}, err
}
