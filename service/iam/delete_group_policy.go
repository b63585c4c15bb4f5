package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// DeleteGroupPolicy removes an inline policy of a group.
//
// Spec: IAM API Reference, DeleteGroupPolicy.
func (s *Service) DeleteGroupPolicy(ctx context.Context, in *api.DeleteGroupPolicyInput) (*api.DeleteGroupPolicyOutput, error) {
	err := s.update(ctx, func(t *table) error { return t.deleteInline(group, in.GroupName, in.PolicyName) })
	return &api.DeleteGroupPolicyOutput{}, err
}
