package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	api "maru.dev/maru/api/apigateway"
	second "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/service/apigateway/record"
	"maru.dev/maru/service/rows"
	"maru.dev/maru/wire"
)

// Domain names are one thing in both of API Gateway's APIs. The second keeps them,
// with what they lead to; what only the first shows of one is an extra beside it.

// extra is what only the first API has of a domain name.
type extra struct {
	SecurityPolicy, EndpointAccessMode *string
}

// extras are by domain name. A name without anything has none.
func extras() rows.Table[extra] { return record.Table[extra]("domain", "") }

// What callers are told of what is not there.
const (
	noDomain  = "Invalid domain name identifier specified"
	noMapping = "Invalid base path mapping identifier specified"
)

// ask calls an operation of the second API in its caller's account. missing is
// what is said of what is not there.
func ask[Out any](ctx context.Context, s *Service, missing, operation string, in any) (Out, error) {
	info := call.From(ctx)
	out, err := call.Do[Out](call.As(ctx, "apigateway.amazonaws.com", "", info.Account, info.Region), s.Caller, "apigatewayv2", operation, in)
	var theirs wire.Error
	if !errors.As(err, &theirs) {
		return out, err
	}
	switch theirs.ErrorCode() {
	case "NotFoundException":
		return out, fault.NotFound("%s", missing)
	case "ConflictException":
		return out, fault.Conflict("%s", theirs.ErrorMessage())
	case "TooManyRequestsException":
		return out, fault.LimitExceeded("%s", theirs.ErrorMessage())
	case "BadRequestException":
		return out, fault.BadRequest("%s", theirs.ErrorMessage())
	}
	return out, err
}

// shownDomain is a domain name as the first API shows it.
func shownDomain(d *second.GetDomainNameOutput, e extra) *api.DomainName {
	out := &api.DomainName{
		DomainName: d.DomainName, DomainNameArn: d.DomainNameArn, Tags: d.Tags,
		RoutingMode: new(api.RoutingModeBasePathMappingOnly), EndpointAccessMode: e.EndpointAccessMode,
		EndpointConfiguration: &api.EndpointConfiguration{Types: []string{}},
	}
	for _, c := range d.DomainNameConfigurations {
		out.EndpointConfiguration.Types = append(out.EndpointConfiguration.Types, *c.EndpointType)
		out.EndpointConfiguration.IpAddressType = c.IpAddressType
		out.DomainNameStatus, out.DomainNameStatusMessage = c.DomainNameStatus, c.DomainNameStatusMessage
		out.OwnershipVerificationCertificateArn = c.OwnershipVerificationCertificateArn
		out.SecurityPolicy = new(wire.Or(e.SecurityPolicy, wire.Value(c.SecurityPolicy)))
		if *c.EndpointType == api.EndpointTypeRegional {
			out.RegionalCertificateArn, out.RegionalCertificateName = c.CertificateArn, c.CertificateName
			out.RegionalDomainName, out.RegionalHostedZoneId = c.ApiGatewayDomainName, c.HostedZoneId
			continue
		}
		out.CertificateArn, out.CertificateName, out.CertificateUploadDate = c.CertificateArn, c.CertificateName, c.CertificateUploadDate
		out.DistributionDomainName, out.DistributionHostedZoneId = c.ApiGatewayDomainName, c.HostedZoneId
	}
	if m := d.MutualTlsAuthentication; m != nil {
		out.MutualTlsAuthentication = &api.MutualTlsAuthentication{TruststoreUri: m.TruststoreUri, TruststoreVersion: m.TruststoreVersion}
	}
	return out
}

// configurations are a domain name's endpoints as the second API takes them, and
// what only the first has.
func configurations(d *api.DomainName) (list []second.DomainNameConfiguration, e extra, err error) {
	e.EndpointAccessMode = d.EndpointAccessMode
	policy := d.SecurityPolicy
	if p := wire.Value(policy); p != "" && p != second.SecurityPolicyTls10 && p != second.SecurityPolicyTls12 {
		e.SecurityPolicy, policy = policy, nil
	}
	for _, kind := range d.EndpointConfiguration.Types {
		c := second.DomainNameConfiguration{
			EndpointType: &kind, SecurityPolicy: policy, IpAddressType: d.EndpointConfiguration.IpAddressType,
			OwnershipVerificationCertificateArn: d.OwnershipVerificationCertificateArn,
		}
		switch kind {
		case api.EndpointTypeRegional:
			c.CertificateArn, c.CertificateName = d.RegionalCertificateArn, d.RegionalCertificateName
		case api.EndpointTypeEdge:
			c.CertificateArn, c.CertificateName = d.CertificateArn, d.CertificateName
		case api.EndpointTypePrivate:
			return nil, e, fault.BadRequest("Private custom domain names are not supported by maru")
		default:
			return nil, e, fault.BadRequest("Invalid endpoint type specified: %s", kind)
		}
		if c.CertificateArn == nil && c.CertificateName == nil {
			return nil, e, fault.BadRequest("A certificate must be specified for endpoint type %s", kind)
		}
		list = append(list, c)
	}
	if len(list) == 0 {
		return nil, e, fault.BadRequest("Endpoint configuration must have at least one type")
	}
	return list, e, nil
}

// putExtra writes what only the first API has of a domain name.
func (s *Service) putExtra(ctx context.Context, name string, e extra) error {
	at := record.Home(ctx)
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		if e == (extra{}) {
			return extras().Delete(tx, at, name)
		}
		return extras().Put(tx, e, at, name)
	})
}

// loadDomain reads a domain name, and what only the first API has of it.
func (s *Service) loadDomain(ctx context.Context, name string) (*api.DomainName, error) {
	d, err := ask[*second.GetDomainNameOutput](ctx, s, noDomain, "GetDomainName", &second.GetDomainNameInput{DomainName: name})
	if err != nil {
		return nil, err
	}
	var e extra
	err = s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		e, _, err = extras().Get(tx, record.Home(ctx), *d.DomainName)
		return err
	})
	return shownDomain(d, e), err
}

// CheckUnmapped refuses to remove an API, or a stage of it, while domain names lead
// there.
func (s *Service) CheckUnmapped(ctx context.Context, apiID, stage string) error {
	var names []string
	for token := (*string)(nil); ; {
		page, err := ask[*second.GetDomainNamesOutput](ctx, s, noDomain, "GetDomainNames", &second.GetDomainNamesInput{NextToken: token})
		if theirs := wire.Error(nil); errors.As(err, &theirs) && theirs.ErrorCode() == "UnknownServiceException" {
			return nil // without the second API there are no domain names
		}
		if err != nil {
			return fmt.Errorf("list domain names: %w", err)
		}
		for _, d := range page.Items {
			names = append(names, d.DomainName)
		}
		if token = page.NextToken; token == nil {
			break
		}
	}
	var leading []string
	for _, name := range names {
		list, err := s.mappings(ctx, name)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(list, func(m second.ApiMapping) bool { return m.ApiId == apiID && (stage == "" || m.Stage == stage) }) {
			leading = append(leading, name)
		}
	}
	kind, name := "RestApi", apiID
	if stage != "" {
		kind, name = "stage", stage
	}
	if len(leading) > 0 {
		return fault.BadRequest("Deleting %s %s failed. Please remove all base path mappings related to the %s in your domains: %s", kind, name, kind, strings.Join(leading, ", "))
	}
	return nil
}

// mappings are all that a domain name leads to.
func (s *Service) mappings(ctx context.Context, domain string) (list []second.ApiMapping, err error) {
	for token := (*string)(nil); ; {
		page, err := ask[*second.GetApiMappingsOutput](ctx, s, noDomain, "GetApiMappings", &second.GetApiMappingsInput{DomainName: domain, NextToken: token})
		if err != nil {
			return nil, err
		}
		list = append(list, page.Items...)
		if token = page.NextToken; token == nil {
			return list, nil
		}
	}
}
