package sesv2

import (
	"context"

	api "maru.dev/maru/api/sesv2"
	"maru.dev/maru/service/ses/mail"
	"maru.dev/maru/wire"
)

// CreateEmailIdentity adds an address or a domain that mail may be from. It is
// verified at once; see the package comment of service/ses.
//
// Spec: Amazon SES API v2 Reference, CreateEmailIdentity.
func (s *Service) CreateEmailIdentity(ctx context.Context, in *api.CreateEmailIdentityInput) (*api.CreateEmailIdentityOutput, error) {
	if set := wire.Value(in.ConfigurationSetName); set != "" {
		return nil, faults{}.NoConfigurationSet(set)
	}
	tags, err := tagMap(in.Tags)
	if err != nil {
		return nil, err
	}
	var made mail.Identity
	err = s.box.ChangeIdentity(ctx, in.EmailIdentity, func(i *mail.Identity, found bool) error {
		if found {
			return &api.AlreadyExistsException{Message: "Email identity " + in.EmailIdentity + " already exist."}
		}
		if in.DkimSigningAttributes != nil && !i.Domain {
			return &api.BadRequestException{Message: "DKIM signing attributes can be specified for domain identities only."}
		}
		i.Tags, i.DKIM = tags, i.Domain
		i.Origin, i.Key = signing(in.DkimSigningAttributes)
		made = *i
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateEmailIdentityOutput{
		IdentityType: new(kind(made)), VerifiedForSendingStatus: new(true), DkimAttributes: dkim(made),
	}, nil
}

// signing tells whose DKIM keys an identity is to have, and how long.
func signing(a *api.DkimSigningAttributes) (origin, length string) {
	switch {
	case a == nil:
		return "", ""
	case a.DomainSigningPrivateKey != nil:
		return api.DkimSigningAttributesOriginExternal, ""
	}
	return wire.Value(a.DomainSigningAttributesOrigin), wire.Value(a.NextSigningKeyLength)
}

// kind is an identity's type.
func kind(i mail.Identity) string {
	if i.Domain {
		return "DOMAIN"
	}
	return "EMAIL_ADDRESS"
}

// dkim is how an identity's mail would be signed.
func dkim(i mail.Identity) *api.DkimAttributes {
	if !i.DKIM {
		return &api.DkimAttributes{
			SigningEnabled: new(false), Status: new("NOT_STARTED"), SigningAttributesOrigin: new(api.DkimSigningAttributesOriginAwsSes),
		}
	}
	a := &api.DkimAttributes{
		SigningEnabled: new(true), Status: new("SUCCESS"), SigningAttributesOrigin: new(api.DkimSigningAttributesOriginAwsSes),
	}
	if i.Origin != "" {
		a.SigningAttributesOrigin = &i.Origin
	}
	if i.Origin == api.DkimSigningAttributesOriginExternal {
		return a // its keys are the caller's, and have no records of ours
	}
	length := i.Key
	if length == "" {
		length = "RSA_2048_BIT"
	}
	a.Tokens, a.CurrentSigningKeyLength, a.NextSigningKeyLength = i.DKIMTokens(), &length, &length
	a.LastKeyGenerationTimestamp = &i.Made
	return a
}
