package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// DeleteInstanceProfile removes an instance profile without a role.
//
// Spec: IAM API Reference, DeleteInstanceProfile.
func (s *Service) DeleteInstanceProfile(ctx context.Context, in *api.DeleteInstanceProfileInput) (*api.DeleteInstanceProfileOutput, error) {
	err := s.update(ctx, func(t *table) error {
		p, err := t.loadProfile(in.InstanceProfileName)
		if err != nil {
			return err
		}
		if p.Role != "" {
			return conflict("Cannot delete entity, must remove roles from instance profile first.")
		}
		if err := t.tx.Add(t.countKey("profile"), -1); err != nil {
			return err
		}
		return t.tx.Delete(t.profileKey(p.Name))
	})
	return &api.DeleteInstanceProfileOutput{}, err
}
