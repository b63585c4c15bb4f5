package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// ListInstanceProfilesForRole lists the instance profiles that a role is in.
//
// Spec: IAM API Reference, ListInstanceProfilesForRole.
func (s *Service) ListInstanceProfilesForRole(ctx context.Context, in *api.ListInstanceProfilesForRoleInput) (*api.ListInstanceProfilesForRoleOutput, error) {
	var out page[api.InstanceProfile]
	err := s.view(ctx, func(t *table) error {
		e, err := t.load(role, in.RoleName)
		if err != nil {
			return err
		}
		out, err = list(t, t.key("profile-of", fold(e.Name)), in.Marker, in.MaxItems, func(name *string) (api.InstanceProfile, bool, error) {
			p, err := t.loadProfile(*name)
			if err != nil {
				return api.InstanceProfile{}, false, err
			}
			shown, err := t.profileOut(p)
			shown.Tags = nil
			return shown, true, err
		})
		return err
	})
	return &api.ListInstanceProfilesForRoleOutput{InstanceProfiles: out.items, IsTruncated: out.truncated, Marker: out.marker}, err
}
