package account

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	second "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/wire"
)

// CreateDomainName keeps a name under which APIs are reached.
//
// Spec: API Gateway API Reference, CreateDomainName.
func (s *Service) CreateDomainName(ctx context.Context, in *api.CreateDomainNameInput) (*api.CreateDomainNameOutput, error) {
	d := &api.DomainName{
		CertificateArn: in.CertificateArn, CertificateName: in.CertificateName,
		RegionalCertificateArn: in.RegionalCertificateArn, RegionalCertificateName: in.RegionalCertificateName,
		SecurityPolicy: in.SecurityPolicy, OwnershipVerificationCertificateArn: in.OwnershipVerificationCertificateArn,
		EndpointAccessMode: in.EndpointAccessMode, EndpointConfiguration: &api.EndpointConfiguration{Types: []string{api.EndpointTypeEdge}},
	}
	if e := in.EndpointConfiguration; e != nil {
		d.EndpointConfiguration.IpAddressType = e.IpAddressType
		if len(e.Types) > 0 {
			d.EndpointConfiguration.Types = e.Types
		}
	}
	switch {
	case in.Policy != nil:
		return nil, fault.BadRequest("Policy is only supported for private custom domain names")
	case in.CertificateArn == nil && in.CertificateName != nil && (in.CertificateBody == nil || in.CertificatePrivateKey == nil):
		return nil, fault.BadRequest("Certificate body and private key must be specified with the certificate's name")
	}
	if err := checkRouting(in.RoutingMode); err != nil {
		return nil, err
	}
	list, e, err := configurations(d)
	if err != nil {
		return nil, err
	}
	theirs := &second.CreateDomainNameInput{DomainName: in.DomainName, DomainNameConfigurations: list, Tags: in.Tags}
	if m := in.MutualTlsAuthentication; m != nil {
		theirs.MutualTlsAuthentication = &second.MutualTlsAuthenticationInput{TruststoreUri: m.TruststoreUri, TruststoreVersion: m.TruststoreVersion}
	}
	made, err := ask[*second.CreateDomainNameOutput](ctx, s, noDomain, "CreateDomainName", theirs)
	if err != nil {
		return nil, err
	}
	if e != (extra{}) {
		if err := s.putExtra(ctx, *made.DomainName, e); err != nil {
			return nil, err
		}
	}
	return shownDomain((*second.GetDomainNameOutput)(made), e), nil
}

// checkRouting checks how a domain name routes: by its mappings.
func checkRouting(mode *string) error {
	if m := wire.Or(mode, api.RoutingModeBasePathMappingOnly); m != api.RoutingModeBasePathMappingOnly {
		return fault.BadRequest("RoutingMode %s is not supported by maru: there are no routing rules", m)
	}
	return nil
}
