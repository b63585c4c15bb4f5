package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/kv"
)

// TagPolicy adds or changes tags of a managed policy.
//
// Spec: IAM API Reference, TagPolicy.
func (s *Service) TagPolicy(ctx context.Context, in *api.TagPolicyInput) (*api.TagPolicyOutput, error) {
	err := s.update(ctx, func(t *table) error {
		p, err := t.policyNamed(in.PolicyArn)
		if err != nil {
			return err
		}
		if p.Tags, err = merged(p.Tags, in.Tags); err != nil {
			return err
		}
		return kv.Put(t.tx, t.policyKey(p.Name), *p)
	})
	return &api.TagPolicyOutput{}, err
}
