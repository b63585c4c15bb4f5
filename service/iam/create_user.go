package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// CreateUser makes a user.
//
// Spec: IAM API Reference, CreateUser.
func (s *Service) CreateUser(ctx context.Context, in *api.CreateUserInput) (*api.CreateUserOutput, error) {
	tags, err := tagsIn(in.Tags)
	if err != nil {
		return nil, err
	}
	made := entity{Name: in.UserName, Path: pathOr(in.Path), ID: s.uniqueID(idPrefix[user]), Created: s.now(), Tags: tags}
	var e entity
	err = s.update(ctx, func(t *table) error {
		e = made
		e.ARN = t.arnOf("user", e.Path, e.Name)
		if in.PermissionsBoundary != nil {
			if err := t.setBoundary(user, &e, *in.PermissionsBoundary); err != nil {
				return err
			}
		}
		return t.insert(user, &e)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateUserOutput{User: new(userOut(&e))}, nil
}
