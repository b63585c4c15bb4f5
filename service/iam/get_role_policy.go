package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// GetRolePolicy reads an inline policy of a role.
//
// Spec: IAM API Reference, GetRolePolicy.
func (s *Service) GetRolePolicy(ctx context.Context, in *api.GetRolePolicyInput) (*api.GetRolePolicyOutput, error) {
	out := &api.GetRolePolicyOutput{PolicyName: in.PolicyName}
	err := s.view(ctx, func(t *table) error {
		name, document, err := t.getInline(role, in.RoleName, in.PolicyName)
		out.RoleName, out.PolicyDocument = name, encoded(document)
		return err
	})
	return out, err
}
