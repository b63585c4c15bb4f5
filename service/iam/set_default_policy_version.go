package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/kv"
)

// SetDefaultPolicyVersion makes a version the one in effect.
//
// Spec: IAM API Reference, SetDefaultPolicyVersion.
func (s *Service) SetDefaultPolicyVersion(ctx context.Context, in *api.SetDefaultPolicyVersionInput) (*api.SetDefaultPolicyVersionOutput, error) {
	now := s.now()
	err := s.update(ctx, func(t *table) error {
		p, err := t.policyNamed(in.PolicyArn)
		if err != nil {
			return err
		}
		v, err := t.versionNamed(p, in.VersionId)
		if err != nil {
			return err
		}
		p.Default, p.Updated = v.Number, now
		return kv.Put(t.tx, t.policyKey(p.Name), *p)
	})
	return &api.SetDefaultPolicyVersionOutput{}, err
}
