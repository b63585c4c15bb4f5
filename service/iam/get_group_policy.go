package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// GetGroupPolicy reads an inline policy of a group.
//
// Spec: IAM API Reference, GetGroupPolicy.
func (s *Service) GetGroupPolicy(ctx context.Context, in *api.GetGroupPolicyInput) (*api.GetGroupPolicyOutput, error) {
	out := &api.GetGroupPolicyOutput{PolicyName: in.PolicyName}
	err := s.view(ctx, func(t *table) error {
		name, document, err := t.getInline(group, in.GroupName, in.PolicyName)
		out.GroupName, out.PolicyDocument = name, encoded(document)
		return err
	})
	return out, err
}
