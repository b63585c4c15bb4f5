package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// UpdateGroup renames a group, or moves it to another path.
//
// Spec: IAM API Reference, UpdateGroup.
func (s *Service) UpdateGroup(ctx context.Context, in *api.UpdateGroupInput) (*api.UpdateGroupOutput, error) {
	err := s.update(ctx, func(t *table) error {
		return t.rename(group, in.GroupName, in.NewGroupName, in.NewPath)
	})
	return &api.UpdateGroupOutput{}, err
}
