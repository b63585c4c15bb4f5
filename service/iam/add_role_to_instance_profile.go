package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/kv"
)

// AddRoleToInstanceProfile puts a role, of which there can be one, into an instance profile.
//
// Spec: IAM API Reference, AddRoleToInstanceProfile.
func (s *Service) AddRoleToInstanceProfile(ctx context.Context, in *api.AddRoleToInstanceProfileInput) (*api.AddRoleToInstanceProfileOutput, error) {
	err := s.update(ctx, func(t *table) error {
		p, err := t.loadProfile(in.InstanceProfileName)
		if err != nil {
			return err
		}
		e, err := t.load(role, in.RoleName)
		if err != nil {
			return err
		}
		if e.Linked != "" {
			return unmodifiable(e.Name, e.Linked)
		}
		if p.Role != "" {
			return quota("InstanceSessionsPerInstanceProfile", 1)
		}
		p.Role = e.Name
		if err := kv.Put(t.tx, t.profileOfKey(e.Name, p.Name), p.Name); err != nil {
			return err
		}
		return kv.Put(t.tx, t.profileKey(p.Name), *p)
	})
	return &api.AddRoleToInstanceProfileOutput{}, err
}
