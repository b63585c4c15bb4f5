package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// TagUser adds or changes tags of a user.
//
// Spec: IAM API Reference, TagUser.
func (s *Service) TagUser(ctx context.Context, in *api.TagUserInput) (*api.TagUserOutput, error) {
	err := s.update(ctx, func(t *table) error {
		e, err := t.load(user, in.UserName)
		if err != nil {
			return err
		}
		if e.Tags, err = merged(e.Tags, in.Tags); err != nil {
			return err
		}
		return t.save(user, e)
	})
	return &api.TagUserOutput{}, err
}
