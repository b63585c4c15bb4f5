package sesv2

import (
	"context"

	api "maru.dev/maru/api/sesv2"
	"maru.dev/maru/service/ses/mail"
)

// ListEmailIdentities returns identities, a page at a time.
//
// Spec: Amazon SES API v2 Reference, ListEmailIdentities.
func (s *Service) ListEmailIdentities(ctx context.Context, in *api.ListEmailIdentitiesInput) (*api.ListEmailIdentitiesOutput, error) {
	size, err := pageSize(in.PageSize, 1000, 1000)
	if err != nil {
		return nil, err
	}
	list, next, err := s.box.ListIdentities(ctx, in.NextToken, size, func(mail.Identity) bool { return true })
	if err != nil {
		return nil, err
	}
	out := &api.ListEmailIdentitiesOutput{EmailIdentities: []api.IdentityInfo{}, NextToken: next}
	for _, i := range list {
		out.EmailIdentities = append(out.EmailIdentities, api.IdentityInfo{
			IdentityName: &i.Name, IdentityType: new(kind(i)), SendingEnabled: new(true), VerificationStatus: new("SUCCESS"),
		})
	}
	return out, nil
}
