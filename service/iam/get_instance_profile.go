package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// GetInstanceProfile describes an instance profile.
//
// Spec: IAM API Reference, GetInstanceProfile.
func (s *Service) GetInstanceProfile(ctx context.Context, in *api.GetInstanceProfileInput) (*api.GetInstanceProfileOutput, error) {
	var out api.InstanceProfile
	err := s.view(ctx, func(t *table) error {
		p, err := t.loadProfile(in.InstanceProfileName)
		if err != nil {
			return err
		}
		out, err = t.profileOut(p)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.GetInstanceProfileOutput{InstanceProfile: &out}, nil
}
