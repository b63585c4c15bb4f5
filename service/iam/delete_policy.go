package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// DeletePolicy removes a managed policy that nobody has, and of which only the default version is left.
//
// Spec: IAM API Reference, DeletePolicy.
func (s *Service) DeletePolicy(ctx context.Context, in *api.DeletePolicyInput) (*api.DeletePolicyOutput, error) {
	err := s.update(ctx, func(t *table) error {
		p, err := t.policyNamed(in.PolicyArn)
		if err != nil {
			return err
		}
		attached, bounded, err := t.uses(p.ARN)
		if err != nil {
			return err
		}
		if attached > 0 || bounded > 0 {
			return conflict("Cannot delete a policy attached to entities.")
		}
		versions, err := t.count(t.key("version", fold(p.Name)))
		if err != nil {
			return err
		}
		if versions > 1 {
			return conflict("This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
		}
		if err := t.tx.Delete(t.versionKey(p.Name, p.Default)); err != nil {
			return err
		}
		if err := t.tx.Add(t.countKey("policy"), -1); err != nil {
			return err
		}
		return t.tx.Delete(t.policyKey(p.Name))
	})
	return &api.DeletePolicyOutput{}, err
}
