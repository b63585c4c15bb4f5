package ses

import (
	"context"

	api "maru.dev/maru/api/ses"
	"maru.dev/maru/service/ses/mail"
)

// GetIdentityVerificationAttributes tells which of some identities are
// verified. Those that do not exist are left out.
//
// Spec: Amazon SES API Reference, GetIdentityVerificationAttributes.
func (s *Service) GetIdentityVerificationAttributes(ctx context.Context, in *api.GetIdentityVerificationAttributesInput) (*api.GetIdentityVerificationAttributesOutput, error) {
	found, err := s.box.Identities(ctx, in.Identities)
	if err != nil {
		return nil, err
	}
	out := &api.GetIdentityVerificationAttributesOutput{VerificationAttributes: map[string]api.IdentityVerificationAttributes{}}
	for name, i := range found {
		a := api.IdentityVerificationAttributes{VerificationStatus: api.VerificationStatusSuccess}
		if i.Domain {
			a.VerificationToken = new(i.VerificationToken())
		}
		out.VerificationAttributes[name] = a
	}
	return out, nil
}

// GetIdentityDkimAttributes tells which of some identities sign their mail.
// AWS answers for those that do not exist, too.
//
// Spec: Amazon SES API Reference, GetIdentityDkimAttributes.
func (s *Service) GetIdentityDkimAttributes(ctx context.Context, in *api.GetIdentityDkimAttributesInput) (*api.GetIdentityDkimAttributesOutput, error) {
	found, err := s.box.Identities(ctx, in.Identities)
	if err != nil {
		return nil, err
	}
	out := &api.GetIdentityDkimAttributesOutput{DkimAttributes: map[string]api.IdentityDkimAttributes{}}
	for _, name := range in.Identities {
		a := api.IdentityDkimAttributes{DkimVerificationStatus: api.VerificationStatusNotStarted}
		if found[name].DKIM {
			a = api.IdentityDkimAttributes{
				DkimEnabled: true, DkimVerificationStatus: api.VerificationStatusSuccess, DkimTokens: mail.DKIMTokens(name),
			}
		}
		out.DkimAttributes[name] = a
	}
	return out, nil
}
