package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// ListInstanceProfiles lists instance profiles below a path.
//
// Spec: IAM API Reference, ListInstanceProfiles.
func (s *Service) ListInstanceProfiles(ctx context.Context, in *api.ListInstanceProfilesInput) (*api.ListInstanceProfilesOutput, error) {
	var out page[api.InstanceProfile]
	err := s.view(ctx, func(t *table) (err error) {
		out, err = list(t, t.key("profile"), in.Marker, in.MaxItems, func(p *profile) (api.InstanceProfile, bool, error) {
			shown, err := t.profileOut(p)
			shown.Tags = nil
			return shown, under(in.PathPrefix, p.Path), err
		})
		return err
	})
	return &api.ListInstanceProfilesOutput{InstanceProfiles: out.items, IsTruncated: out.truncated, Marker: out.marker}, err
}
