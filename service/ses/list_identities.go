package ses

import (
	"context"

	api "maru.dev/maru/api/ses"
	"maru.dev/maru/service/ses/mail"
	"maru.dev/maru/wire"
)

// maxIdentities is how many a page holds.
const maxIdentities = 1000

// ListIdentities returns addresses and domains, or those of one kind.
//
// Spec: Amazon SES API Reference, ListIdentities.
func (s *Service) ListIdentities(ctx context.Context, in *api.ListIdentitiesInput) (*api.ListIdentitiesOutput, error) {
	kind := wire.Value(in.IdentityType)
	list, next, err := s.box.ListIdentities(ctx, in.NextToken, limit(in.MaxItems, maxIdentities, maxIdentities), func(i mail.Identity) bool {
		return kind == "" || i.Domain == (kind == api.IdentityTypeDomain)
	})
	if err != nil {
		return nil, err
	}
	return &api.ListIdentitiesOutput{Identities: names(list), NextToken: next}, nil
}

// ListVerifiedEmailAddresses returns all addresses: the older form of
// ListIdentities.
//
// Spec: Amazon SES API Reference, ListVerifiedEmailAddresses.
func (s *Service) ListVerifiedEmailAddresses(ctx context.Context, _ *api.ListVerifiedEmailAddressesInput) (*api.ListVerifiedEmailAddressesOutput, error) {
	list, _, err := s.box.ListIdentities(ctx, nil, 100*maxIdentities, func(i mail.Identity) bool { return !i.Domain })
	if err != nil {
		return nil, err
	}
	return &api.ListVerifiedEmailAddressesOutput{VerifiedEmailAddresses: names(list)}, nil
}

// names are the identities' names.
func names(list []mail.Identity) []string {
	all := make([]string, len(list))
	for n, i := range list {
		all[n] = i.Name
	}
	return all
}
