package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// UntagUser takes tags off a user.
//
// Spec: IAM API Reference, UntagUser.
func (s *Service) UntagUser(ctx context.Context, in *api.UntagUserInput) (*api.UntagUserOutput, error) {
	err := s.update(ctx, func(t *table) error {
		e, err := t.load(user, in.UserName)
		if err != nil {
			return err
		}
		e.Tags = without(e.Tags, in.TagKeys)
		return t.save(user, e)
	})
	return &api.UntagUserOutput{}, err
}
