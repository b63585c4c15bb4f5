package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/kv"
)

// RemoveRoleFromInstanceProfile takes the role out of an instance profile.
//
// Spec: IAM API Reference, RemoveRoleFromInstanceProfile.
func (s *Service) RemoveRoleFromInstanceProfile(ctx context.Context, in *api.RemoveRoleFromInstanceProfileInput) (*api.RemoveRoleFromInstanceProfileOutput, error) {
	err := s.update(ctx, func(t *table) error {
		p, err := t.loadProfile(in.InstanceProfileName)
		if err != nil {
			return err
		}
		if fold(p.Role) != fold(in.RoleName) {
			return noEntity(role, in.RoleName)
		}
		if err := t.tx.Delete(t.profileOfKey(p.Role, p.Name)); err != nil {
			return err
		}
		p.Role = ""
		return kv.Put(t.tx, t.profileKey(p.Name), *p)
	})
	return &api.RemoveRoleFromInstanceProfileOutput{}, err
}
