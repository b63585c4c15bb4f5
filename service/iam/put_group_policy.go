package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// PutGroupPolicy adds or replaces an inline policy of a group.
//
// Spec: IAM API Reference, PutGroupPolicy.
func (s *Service) PutGroupPolicy(ctx context.Context, in *api.PutGroupPolicyInput) (*api.PutGroupPolicyOutput, error) {
	err := s.update(ctx, func(t *table) error {
		return t.putInline(group, in.GroupName, in.PolicyName, in.PolicyDocument)
	})
	return &api.PutGroupPolicyOutput{}, err
}
