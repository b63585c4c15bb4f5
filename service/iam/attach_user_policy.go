package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// AttachUserPolicy puts a managed policy on a user.
//
// Spec: IAM API Reference, AttachUserPolicy.
func (s *Service) AttachUserPolicy(ctx context.Context, in *api.AttachUserPolicyInput) (*api.AttachUserPolicyOutput, error) {
	err := s.update(ctx, func(t *table) error { return t.attach(user, in.UserName, in.PolicyArn) })
	return &api.AttachUserPolicyOutput{}, err
}
