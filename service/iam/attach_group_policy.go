package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// AttachGroupPolicy puts a managed policy on a group.
//
// Spec: IAM API Reference, AttachGroupPolicy.
func (s *Service) AttachGroupPolicy(ctx context.Context, in *api.AttachGroupPolicyInput) (*api.AttachGroupPolicyOutput, error) {
	err := s.update(ctx, func(t *table) error { return t.attach(group, in.GroupName, in.PolicyArn) })
	return &api.AttachGroupPolicyOutput{}, err
}
