package ses

import (
	"context"

	api "maru.dev/maru/api/ses"
)

// DeleteIdentity removes an address or a domain. One that is not there is no
// error.
//
// Spec: Amazon SES API Reference, DeleteIdentity.
func (s *Service) DeleteIdentity(ctx context.Context, in *api.DeleteIdentityInput) (*api.DeleteIdentityOutput, error) {
	if _, err := s.box.DeleteIdentity(ctx, in.Identity); err != nil {
		return nil, err
	}
	return &api.DeleteIdentityOutput{}, nil
}

// DeleteVerifiedEmailAddress is the older form of DeleteIdentity.
//
// Spec: Amazon SES API Reference, DeleteVerifiedEmailAddress.
func (s *Service) DeleteVerifiedEmailAddress(ctx context.Context, in *api.DeleteVerifiedEmailAddressInput) (*api.DeleteVerifiedEmailAddressOutput, error) {
	if _, err := s.box.DeleteIdentity(ctx, in.EmailAddress); err != nil {
		return nil, err
	}
	return &api.DeleteVerifiedEmailAddressOutput{}, nil
}
