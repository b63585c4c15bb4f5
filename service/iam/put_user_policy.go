package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// PutUserPolicy adds or replaces an inline policy of a user.
//
// Spec: IAM API Reference, PutUserPolicy.
func (s *Service) PutUserPolicy(ctx context.Context, in *api.PutUserPolicyInput) (*api.PutUserPolicyOutput, error) {
	err := s.update(ctx, func(t *table) error {
		return t.putInline(user, in.UserName, in.PolicyName, in.PolicyDocument)
	})
	return &api.PutUserPolicyOutput{}, err
}
