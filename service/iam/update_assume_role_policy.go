package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// UpdateAssumeRolePolicy changes who may assume a role.
//
// Spec: IAM API Reference, UpdateAssumeRolePolicy.
func (s *Service) UpdateAssumeRolePolicy(ctx context.Context, in *api.UpdateAssumeRolePolicyInput) (*api.UpdateAssumeRolePolicyOutput, error) {
	if err := checkTrustPolicy(in.PolicyDocument); err != nil {
		return nil, err
	}
	err := s.update(ctx, func(t *table) error {
		e, err := t.load(role, in.RoleName)
		if err != nil {
			return err
		}
		if e.Linked != "" {
			return unmodifiable(e.Name, e.Linked)
		}
		e.Trust = in.PolicyDocument
		return t.save(role, e)
	})
	return &api.UpdateAssumeRolePolicyOutput{}, err
}
