package account

import (
	"context"
	"strconv"

	api "maru.dev/maru/api/apigateway"
	second "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/apigateway/record"
	"maru.dev/maru/wire"
)

// GetDomainName returns a domain name.
//
// Spec: API Gateway API Reference, GetDomainName.
func (s *Service) GetDomainName(ctx context.Context, in *api.GetDomainNameInput) (*api.GetDomainNameOutput, error) {
	return s.loadDomain(ctx, in.DomainName)
}

// GetDomainNames lists the domain names of an account. Those that others share
// with it are none.
//
// Spec: API Gateway API Reference, GetDomainNames.
func (s *Service) GetDomainNames(ctx context.Context, in *api.GetDomainNamesInput) (*api.GetDomainNamesOutput, error) {
	out := &api.GetDomainNamesOutput{Items: []api.DomainName{}}
	if wire.Value(in.ResourceOwner) == api.ResourceOwnerOtherAccounts {
		return out, nil
	}
	n, err := record.Limit(in.Limit)
	if err != nil {
		return nil, err
	}
	page, err := ask[*second.GetDomainNamesOutput](ctx, s, noDomain, "GetDomainNames", &second.GetDomainNamesInput{MaxResults: new(strconv.Itoa(n)), NextToken: in.Position})
	if err != nil {
		return nil, err
	}
	out.Position = page.NextToken
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		out.Items = out.Items[:0]
		for _, d := range page.Items {
			e, _, err := extras().Get(tx, record.Home(ctx), d.DomainName)
			if err != nil {
				return err
			}
			out.Items = append(out.Items, *shownDomain(&second.GetDomainNameOutput{
				DomainName: &d.DomainName, DomainNameArn: d.DomainNameArn, DomainNameConfigurations: d.DomainNameConfigurations,
				MutualTlsAuthentication: d.MutualTlsAuthentication, Tags: d.Tags,
			}, e))
		}
		return nil
	})
	return out, err
}
