package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// DeletePolicyVersion removes a version that is not the default one.
//
// Spec: IAM API Reference, DeletePolicyVersion.
func (s *Service) DeletePolicyVersion(ctx context.Context, in *api.DeletePolicyVersionInput) (*api.DeletePolicyVersionOutput, error) {
	err := s.update(ctx, func(t *table) error {
		p, err := t.policyNamed(in.PolicyArn)
		if err != nil {
			return err
		}
		v, err := t.versionNamed(p, in.VersionId)
		if err != nil {
			return err
		}
		if v.Number == p.Default {
			return conflict("Cannot delete the default version of a policy.")
		}
		return t.tx.Delete(t.versionKey(p.Name, v.Number))
	})
	return &api.DeletePolicyVersionOutput{}, err
}
