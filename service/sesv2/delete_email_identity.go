package sesv2

import (
	"context"

	api "maru.dev/maru/api/sesv2"
)

// DeleteEmailIdentity removes an identity, which must be there.
//
// Spec: Amazon SES API v2 Reference, DeleteEmailIdentity.
func (s *Service) DeleteEmailIdentity(ctx context.Context, in *api.DeleteEmailIdentityInput) (*api.DeleteEmailIdentityOutput, error) {
	found, err := s.box.DeleteIdentity(ctx, in.EmailIdentity)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, noIdentity(in.EmailIdentity)
	}
	return &api.DeleteEmailIdentityOutput{}, nil
}
