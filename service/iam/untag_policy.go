package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/kv"
)

// UntagPolicy takes tags off a managed policy.
//
// Spec: IAM API Reference, UntagPolicy.
func (s *Service) UntagPolicy(ctx context.Context, in *api.UntagPolicyInput) (*api.UntagPolicyOutput, error) {
	err := s.update(ctx, func(t *table) error {
		p, err := t.policyNamed(in.PolicyArn)
		if err != nil {
			return err
		}
		p.Tags = without(p.Tags, in.TagKeys)
		return kv.Put(t.tx, t.policyKey(p.Name), *p)
	})
	return &api.UntagPolicyOutput{}, err
}
