package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// GetUserPolicy reads an inline policy of a user.
//
// Spec: IAM API Reference, GetUserPolicy.
func (s *Service) GetUserPolicy(ctx context.Context, in *api.GetUserPolicyInput) (*api.GetUserPolicyOutput, error) {
	out := &api.GetUserPolicyOutput{PolicyName: in.PolicyName}
	err := s.view(ctx, func(t *table) error {
		name, document, err := t.getInline(user, in.UserName, in.PolicyName)
		out.UserName, out.PolicyDocument = name, encoded(document)
		return err
	})
	return out, err
}
