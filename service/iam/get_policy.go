package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/service/iam/managed"
)

// GetPolicy describes a managed policy, AWS's or the account's own.
//
// Spec: IAM API Reference, GetPolicy.
func (s *Service) GetPolicy(ctx context.Context, in *api.GetPolicyInput) (*api.GetPolicyOutput, error) {
	var out *api.Policy
	err := s.view(ctx, func(t *table) error {
		if managed.IsARN(in.PolicyArn) {
			p, err := t.awsPolicy(in.PolicyArn)
			if err == nil && p == nil {
				err = noPolicy(in.PolicyArn)
			}
			if err != nil {
				return err
			}
			out, err = t.awsPolicyOut(p)
			return err
		}
		p, err := t.policyNamed(in.PolicyArn)
		if err != nil {
			return err
		}
		out, err = t.policyOut(p)
		return err
	})
	return &api.GetPolicyOutput{Policy: out}, err
}
