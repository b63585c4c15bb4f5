package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// DeleteRole removes a role on which nothing hangs any more.
//
// Spec: IAM API Reference, DeleteRole.
func (s *Service) DeleteRole(ctx context.Context, in *api.DeleteRoleInput) (*api.DeleteRoleOutput, error) {
	err := s.update(ctx, func(t *table) error {
		e, err := t.load(role, in.RoleName)
		if err != nil {
			return err
		}
		if e.Linked != "" {
			return unmodifiable(e.Name, e.Linked)
		}
		profiles, err := t.some(t.key("profile-of", fold(e.Name)))
		if err != nil {
			return err
		}
		if profiles {
			return conflict("Cannot delete entity, must remove roles from instance profile first.")
		}
		if err := t.bare(role, e); err != nil {
			return err
		}
		return t.remove(role, e)
	})
	return &api.DeleteRoleOutput{}, err
}
