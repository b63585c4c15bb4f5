package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// CreateGroup makes a group.
//
// Spec: IAM API Reference, CreateGroup.
func (s *Service) CreateGroup(ctx context.Context, in *api.CreateGroupInput) (*api.CreateGroupOutput, error) {
	made := entity{Name: in.GroupName, Path: pathOr(in.Path), ID: s.uniqueID(idPrefix[group]), Created: s.now()}
	var e entity
	err := s.update(ctx, func(t *table) error {
		e = made
		e.ARN = t.arnOf("group", e.Path, e.Name)
		return t.insert(group, &e)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateGroupOutput{Group: new(groupOut(&e))}, nil
}
