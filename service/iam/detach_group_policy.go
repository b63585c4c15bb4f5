package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// DetachGroupPolicy takes a managed policy off a group.
//
// Spec: IAM API Reference, DetachGroupPolicy.
func (s *Service) DetachGroupPolicy(ctx context.Context, in *api.DetachGroupPolicyInput) (*api.DetachGroupPolicyOutput, error) {
	err := s.update(ctx, func(t *table) error { return t.detach(group, in.GroupName, in.PolicyArn) })
	return &api.DetachGroupPolicyOutput{}, err
}
