package account

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	second "maru.dev/maru/api/apigatewayv2"
)

// DeleteDomainName removes a domain name, with what it leads to.
//
// Spec: API Gateway API Reference, DeleteDomainName.
func (s *Service) DeleteDomainName(ctx context.Context, in *api.DeleteDomainNameInput) (*api.DeleteDomainNameOutput, error) {
	d, err := s.loadDomain(ctx, in.DomainName)
	if err != nil {
		return nil, err
	}
	// First what nobody sees without the rest.
	if err := s.putExtra(ctx, *d.DomainName, extra{}); err != nil {
		return nil, err
	}
	_, err = ask[*second.DeleteDomainNameOutput](ctx, s, noDomain, "DeleteDomainName", &second.DeleteDomainNameInput{DomainName: *d.DomainName})
	return &api.DeleteDomainNameOutput{}, err
}
