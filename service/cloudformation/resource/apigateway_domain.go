package resource

import "context"

// restDomain is AWS::ApiGateway::DomainName.
func restDomain() *Type {
	return &Type{
		Name: "AWS::ApiGateway::DomainName",
		Properties: `CertificateArn DomainName! EndpointAccessMode EndpointConfiguration MutualTlsAuthentication
			OwnershipVerificationCertificateArn RegionalCertificateArn RoutingMode SecurityPolicy Tags`,
		Attributes: "DistributionDomainName DistributionHostedZoneId DomainNameArn RegionalDomainName RegionalHostedZoneId",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			in := pick(r.Props, "CertificateArn", "DomainName", "EndpointAccessMode", "EndpointConfiguration", "MutualTlsAuthentication",
				"OwnershipVerificationCertificateArn", "RegionalCertificateArn", "RoutingMode", "SecurityPolicy")
			in["tags"] = tagObject(r.allTags())
			out, err := r.do(ctx, "apigateway", "CreateDomainName", in)
			if r.Repeat && exists(err) {
				out, err = r.do(ctx, "apigateway", "GetDomainName", pick(r.Props, "DomainName"))
			}
			return r.restDomainResult(out), err
		},
		Update: updateRESTDomain,
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "apigateway", "DeleteDomainName", obj{"domainName": r.ID})
			return forget(err)
		},
	}
}

// updateRESTDomain brings the domain name up to date.
func updateRESTDomain(ctx context.Context, r *Request) (Result, error) {
	p := r.patches()
	p.scalars("CertificateArn", "EndpointAccessMode", "OwnershipVerificationCertificateArn", "RegionalCertificateArn", "RoutingMode", "SecurityPolicy")
	was, is := object(r.Old["EndpointConfiguration"]), object(r.Props["EndpointConfiguration"])
	p.within(was, is, func(e *patches) {
		e.values("Types", "/endpointConfiguration/types")
		if is["IpAddressType"] != nil {
			e.scalar("IpAddressType", "/endpointConfiguration/ipAddressType", "")
		}
	})
	p.within(object(r.Old["MutualTlsAuthentication"]), object(r.Props["MutualTlsAuthentication"]), func(m *patches) {
		m.scalar("TruststoreUri", "/mutualTlsAuthentication/truststoreUri", "")
		m.scalar("TruststoreVersion", "/mutualTlsAuthentication/truststoreVersion", "")
	})
	target := obj{"domainName": r.ID}
	if err := p.send(ctx, r, "UpdateDomainName", target); err != nil {
		return Result{}, err
	}
	out, err := r.do(ctx, "apigateway", "GetDomainName", target)
	if err != nil {
		return Result{}, err
	}
	set, remove := r.tagChanges()
	return r.restDomainResult(out), r.tagGateway(ctx, "apigateway", "/domainnames/"+r.ID, set, remove)
}

// restDomainResult is what a template sees of a domain name.
func (r *Request) restDomainResult(out obj) Result {
	name := r.str("DomainName")
	attrs := obj{"DomainNameArn": "arn:" + r.Partition + ":apigateway:" + r.Region + "::/domainnames/" + name}
	for _, a := range []string{"DistributionDomainName", "DistributionHostedZoneId", "RegionalDomainName", "RegionalHostedZoneId"} {
		attrs[a] = text(out[lowerName(a)])
	}
	return Result{ID: name, Attributes: attrs}
}

// restMapping is AWS::ApiGateway::BasePathMapping. Its id is the domain name and
// the path.
func restMapping() *Type {
	path := func(r *Request) string {
		if p := r.str("BasePath"); p != "" {
			return p
		}
		return "(none)"
	}
	return &Type{
		Name: "AWS::ApiGateway::BasePathMapping", Properties: "BasePath! DomainName!* RestApiId Stage",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			_, err := r.do(ctx, "apigateway", "CreateBasePathMapping", pick(r.Props, "BasePath", "DomainName", "RestApiId", "Stage"))
			return Result{ID: r.str("DomainName") + "|" + path(r)}, r.adopt(err)
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			p := r.patches()
			p.scalar("RestApiId", "/restapiId", "")
			p.scalars("Stage")
			err := p.send(ctx, r, "UpdateBasePathMapping", obj{"domainName": r.Props["DomainName"], "basePath": path(r)})
			return Result{ID: r.ID}, err
		},
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "apigateway", "DeleteBasePathMapping", obj{"domainName": r.Props["DomainName"], "basePath": path(r)})
			return forget(err)
		},
	}
}
