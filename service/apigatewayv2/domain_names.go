package apigatewayv2

import (
	"context"
	"strings"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// domainOutput is a domain name as an output.
func domainOutput(d api.DomainName) *api.GetDomainNameOutput {
	return &api.GetDomainNameOutput{
		ApiMappingSelectionExpression: d.ApiMappingSelectionExpression, DomainName: &d.DomainName,
		DomainNameConfigurations: d.DomainNameConfigurations, MutualTlsAuthentication: d.MutualTlsAuthentication, Tags: d.Tags,
		DomainNameArn: d.DomainNameArn, RoutingMode: d.RoutingMode,
	}
}

// CreateDomainName keeps a name under which APIs are reached.
//
// Spec: API Gateway V2 API Reference, CreateDomainName.
func (s *Service) CreateDomainName(ctx context.Context, in *api.CreateDomainNameInput) (*api.CreateDomainNameOutput, error) {
	h := homeOf(call.From(ctx))
	name := strings.ToLower(in.DomainName)
	if !validDomain(name) {
		return nil, badRequest("The domain name %s is not valid", in.DomainName)
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	d := api.DomainName{
		DomainName: name, ApiMappingSelectionExpression: new("$request.basepath"), Tags: in.Tags,
		DomainNameArn: new("arn:aws:apigateway:" + h.Region + "::/domainnames/" + name),
		RoutingMode:   new(api.RoutingModeApiMappingOnly),
	}
	if in.MutualTlsAuthentication != nil {
		d.MutualTlsAuthentication = &api.MutualTlsAuthentication{TruststoreUri: in.MutualTlsAuthentication.TruststoreUri, TruststoreVersion: in.MutualTlsAuthentication.TruststoreVersion}
	}
	if err := checkRoutingMode(in.RoutingMode); err != nil {
		return nil, err
	}
	if err := s.configureDomain(ctx, &d, h, in.DomainNameConfigurations); err != nil {
		return nil, err
	}
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, taken, err := kv.Get[service.Home](tx, domainIndexKey(name)); err != nil {
			return err
		} else if taken {
			return badRequest("The domain name you provided already exists.")
		}
		if err := kv.Put(tx, domainIndexKey(name), h); err != nil {
			return err
		}
		return domains().Put(tx, domainRecord{Domain: d, Account: h.Account, Region: h.Region}, h, name)
	})
	if err != nil {
		return nil, err
	}
	return (*api.CreateDomainNameOutput)(domainOutput(d)), nil
}

// validDomain tells what may be a domain name; its first label may be a star.
func validDomain(name string) bool {
	labels := strings.Split(name, ".")
	for i, label := range labels {
		if i == 0 && label == "*" {
			continue
		}
		for _, c := range []byte(label) {
			if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') {
				return false
			}
		}
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
	}
	return len(labels) >= 2 && len(name) <= 253
}

// checkRoutingMode checks how a domain routes: by its mappings.
func checkRoutingMode(mode *string) error {
	if mode != nil && *mode != api.RoutingModeApiMappingOnly {
		return badRequest("RoutingMode %s is not supported by maru: there are no routing rules", *mode)
	}
	return nil
}

// first tells whether API Gateway's first API calls, for one of its own: domain
// names are one thing in both.
func first(info call.Info) bool { return info.Principal.Service == "apigateway.amazonaws.com" }

// configureDomain fills in what AWS tells of a domain name's endpoints. One that
// is there already keeps its address.
func (s *Service) configureDomain(ctx context.Context, d *api.DomainName, h service.Home, list []api.DomainNameConfiguration) error {
	if len(list) == 0 {
		return badRequest("DomainNameConfigurations must have at least one configuration")
	}
	before := d.DomainNameConfigurations
	d.DomainNameConfigurations = nil
	for _, c := range list {
		if c.CertificateArn == nil && (c.CertificateName == nil || !first(call.From(ctx))) {
			return badRequest("CertificateArn is required")
		}
		c.EndpointType = new(wire.Or(c.EndpointType, api.EndpointTypeRegional))
		if *c.EndpointType != api.EndpointTypeRegional && !first(call.From(ctx)) {
			return badRequest("Only REGIONAL domain names can be managed through the API Gateway V2 API. For EDGE domain names, please use the API Gateway V1 API. Also note that only REST APIs can be attached to EDGE domain names.")
		}
		s.place(&c, h, before)
		c.CertificateUploadDate = new(s.Clock.Now())
		c.DomainNameStatus = new(api.DomainNameStatusAvailable)
		c.SecurityPolicy = new(wire.Or(c.SecurityPolicy, api.SecurityPolicyTls12))
		c.IpAddressType = new(wire.Or(c.IpAddressType, api.IpAddressTypeIpv4))
		d.DomainNameConfigurations = append(d.DomainNameConfigurations, c)
	}
	return nil
}

// place gives an endpoint the address that a DNS record of the domain's owner
// leads to: the one that it has had before, or a new one.
func (s *Service) place(c *api.DomainNameConfiguration, h service.Home, before []api.DomainNameConfiguration) {
	for _, old := range before {
		if *old.EndpointType == *c.EndpointType {
			c.ApiGatewayDomainName, c.HostedZoneId = old.ApiGatewayDomainName, old.HostedZoneId
			return
		}
	}
	if *c.EndpointType == api.EndpointTypeEdge {
		c.ApiGatewayDomainName, c.HostedZoneId = new("d"+s.newID(13)+".cloudfront.net"), new("Z2FDTNDATAQYW2") // CloudFront's own zone
		return
	}
	c.ApiGatewayDomainName = new("d-" + s.newID(10) + ".execute-api." + h.Region + ".amazonaws.com")
	c.HostedZoneId = new("Z" + strings.ToUpper(s.newID(13)))
}

// GetDomainName returns a domain name.
//
// Spec: API Gateway V2 API Reference, GetDomainName.
func (s *Service) GetDomainName(ctx context.Context, in *api.GetDomainNameInput) (out *api.GetDomainNameOutput, err error) {
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		d, err := domains().Need(tx, homeOf(call.From(ctx)), strings.ToLower(in.DomainName))
		out = domainOutput(d.Domain)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// GetDomainNames lists the domain names of an account and region.
//
// Spec: API Gateway V2 API Reference, GetDomainNames.
func (s *Service) GetDomainNames(ctx context.Context, in *api.GetDomainNamesInput) (*api.GetDomainNamesOutput, error) {
	p, err := newPaging(in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.GetDomainNamesOutput{}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		list, next, err := page(tx, p, domains(), homeOf(call.From(ctx)))
		out.Items = converted(list, func(d domainRecord) api.DomainName { return d.Domain })
		out.NextToken = next
		return err
	})
	return out, err
}

// UpdateDomainName changes a domain name's settings.
//
// Spec: API Gateway V2 API Reference, UpdateDomainName.
func (s *Service) UpdateDomainName(ctx context.Context, in *api.UpdateDomainNameInput) (*api.UpdateDomainNameOutput, error) {
	h, name := homeOf(call.From(ctx)), strings.ToLower(in.DomainName)
	var d domainRecord
	err := s.Store.Update(ctx, func(tx *kv.Tx) (err error) {
		if d, err = domains().Need(tx, h, name); err != nil {
			return err
		}
		if in.DomainNameConfigurations != nil {
			if err := s.configureDomain(ctx, &d.Domain, h, in.DomainNameConfigurations); err != nil {
				return err
			}
		}
		if m := in.MutualTlsAuthentication; m != nil {
			d.Domain.MutualTlsAuthentication = &api.MutualTlsAuthentication{TruststoreUri: m.TruststoreUri, TruststoreVersion: m.TruststoreVersion}
			if wire.Value(m.TruststoreUri) == "" {
				d.Domain.MutualTlsAuthentication = nil
			}
		}
		if err := checkRoutingMode(in.RoutingMode); err != nil {
			return err
		}
		return domains().Put(tx, d, h, name)
	})
	if err != nil {
		return nil, err
	}
	return (*api.UpdateDomainNameOutput)(domainOutput(d.Domain)), nil
}

// DeleteDomainName removes a domain name with its mappings.
//
// Spec: API Gateway V2 API Reference, DeleteDomainName.
func (s *Service) DeleteDomainName(ctx context.Context, in *api.DeleteDomainNameInput) (*api.DeleteDomainNameOutput, error) {
	h, name := homeOf(call.From(ctx)), strings.ToLower(in.DomainName)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, err := domains().Need(tx, h, name); err != nil {
			return err
		}
		if err := mappings().Drop(tx, h, name); err != nil {
			return err
		}
		if err := tx.Delete(domainIndexKey(name)); err != nil {
			return err
		}
		return domains().Delete(tx, h, name)
	})
	return &api.DeleteDomainNameOutput{}, err
}
