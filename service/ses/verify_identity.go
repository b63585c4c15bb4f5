package ses

import (
	"context"

	api "maru.dev/maru/api/ses"
	"maru.dev/maru/service/ses/mail"
)

// VerifyEmailIdentity adds an address that mail may be from.
//
// Spec: Amazon SES API Reference, VerifyEmailIdentity.
func (s *Service) VerifyEmailIdentity(ctx context.Context, in *api.VerifyEmailIdentityInput) (*api.VerifyEmailIdentityOutput, error) {
	if err := s.verify(ctx, in.EmailAddress, false, false); err != nil {
		return nil, err
	}
	return &api.VerifyEmailIdentityOutput{}, nil
}

// VerifyEmailAddress is the older form of VerifyEmailIdentity.
//
// Spec: Amazon SES API Reference, VerifyEmailAddress.
func (s *Service) VerifyEmailAddress(ctx context.Context, in *api.VerifyEmailAddressInput) (*api.VerifyEmailAddressOutput, error) {
	if err := s.verify(ctx, in.EmailAddress, false, false); err != nil {
		return nil, err
	}
	return &api.VerifyEmailAddressOutput{}, nil
}

// VerifyDomainIdentity adds a domain that mail may be from, and returns what
// its owner would put into the DNS.
//
// Spec: Amazon SES API Reference, VerifyDomainIdentity.
func (s *Service) VerifyDomainIdentity(ctx context.Context, in *api.VerifyDomainIdentityInput) (*api.VerifyDomainIdentityOutput, error) {
	if err := s.verify(ctx, in.Domain, true, false); err != nil {
		return nil, err
	}
	return &api.VerifyDomainIdentityOutput{VerificationToken: mail.Identity{Name: in.Domain}.VerificationToken()}, nil
}

// VerifyDomainDkim adds a domain whose mail is to be signed, and returns the
// names of the DNS records for that.
//
// Spec: Amazon SES API Reference, VerifyDomainDkim.
func (s *Service) VerifyDomainDkim(ctx context.Context, in *api.VerifyDomainDkimInput) (*api.VerifyDomainDkimOutput, error) {
	if err := s.verify(ctx, in.Domain, true, true); err != nil {
		return nil, err
	}
	return &api.VerifyDomainDkimOutput{DkimTokens: mail.DKIMTokens(in.Domain)}, nil
}

// verify adds an identity of a kind.
func (s *Service) verify(ctx context.Context, name string, domain, dkim bool) error {
	return s.box.ChangeIdentity(ctx, name, func(i *mail.Identity, _ bool) error {
		switch {
		case domain && !i.Domain:
			return s.box.Faults.Invalid("Invalid domain name " + name + ".")
		case !domain && i.Domain:
			return s.box.Faults.Invalid("Invalid email address<" + name + ">.")
		}
		i.DKIM = i.DKIM || dkim
		return nil
	})
}
