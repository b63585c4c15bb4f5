package account

import (
	"context"
	"slices"

	api "maru.dev/maru/api/apigateway"
	second "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/service/apigateway/patch"
)

// UpdateDomainName changes a domain name's certificates and endpoints.
//
// Spec: API Gateway API Reference, UpdateDomainName, PatchOperation.
func (s *Service) UpdateDomainName(ctx context.Context, in *api.UpdateDomainNameInput) (*api.UpdateDomainNameOutput, error) {
	d, err := s.loadDomain(ctx, in.DomainName)
	if err != nil {
		return nil, err
	}
	trust := second.MutualTlsAuthenticationInput{}
	if m := d.MutualTlsAuthentication; m != nil {
		trust.TruststoreUri, trust.TruststoreVersion = m.TruststoreUri, m.TruststoreVersion
	}
	if err := domainRules(d, &trust).Apply(in.PatchOperations); err != nil {
		return nil, err
	}
	if err := checkRouting(d.RoutingMode); err != nil {
		return nil, err
	}
	list, e, err := configurations(d)
	if err != nil {
		return nil, err
	}
	if trust.TruststoreUri == nil {
		trust.TruststoreUri = new("") // takes it away
	}
	made, err := ask[*second.UpdateDomainNameOutput](ctx, s, noDomain, "UpdateDomainName", &second.UpdateDomainNameInput{
		DomainName: *d.DomainName, DomainNameConfigurations: list, MutualTlsAuthentication: &trust,
	})
	if err != nil {
		return nil, err
	}
	if err := s.putExtra(ctx, *d.DomainName, e); err != nil {
		return nil, err
	}
	return shownDomain((*second.GetDomainNameOutput)(made), e), nil
}

// domainRules are what of a domain name can be patched.
func domainRules(d *api.DomainName, trust *second.MutualTlsAuthenticationInput) patch.Rules {
	types := &d.EndpointConfiguration.Types
	return patch.Rules{
		patch.Only("/certificateArn", &d.CertificateArn), patch.Only("/certificateName", &d.CertificateName),
		patch.Only("/regionalCertificateArn", &d.RegionalCertificateArn), patch.Only("/regionalCertificateName", &d.RegionalCertificateName),
		patch.Only("/ownershipVerificationCertificateArn", &d.OwnershipVerificationCertificateArn),
		patch.Only("/securityPolicy", &d.SecurityPolicy), patch.Only("/endpointAccessMode", &d.EndpointAccessMode), patch.Only("/routingMode", &d.RoutingMode),
		patch.Only("/mutualTlsAuthentication/truststoreUri", &trust.TruststoreUri), patch.Only("/mutualTlsAuthentication/truststoreVersion", &trust.TruststoreVersion),
		patch.Only("/endpointConfiguration/ipAddressType", &d.EndpointConfiguration.IpAddressType),
		patch.Values("/endpointConfiguration/types", types),
		{Path: "/endpointConfiguration/types/{type}", Replace: func(at []string, v string) error {
			i := slices.Index(*types, at[0])
			if i < 0 && at[0] == "0" {
				i = 0
			}
			if i < 0 || i >= len(*types) {
				return fault.BadRequest("Invalid endpoint type specified: %s", at[0])
			}
			(*types)[i] = v
			return nil
		}},
	}
}
