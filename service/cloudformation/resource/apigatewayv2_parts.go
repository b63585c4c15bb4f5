package resource

import (
	"context"
	"strings"
)

// part is what the types below an API have in common: they are created,
// changed and removed by operations of one form, under an id of their own.
type part struct {
	noun, plural string // CreateRoute, GetRoutes
	id           string // RouteId
	properties   string
	attributes   string
	sent         []string // properties that go into the calls
	// same tells whether one that exists is what these properties would make.
	same func(r *Request, found obj) bool
}

// partType makes the type of a part.
func partType(name string, p part) *Type {
	input := func(r *Request) obj {
		in := pick(r.Props, p.sent...)
		in["ApiId"] = r.Props["ApiId"]
		return in
	}
	result := func(id string) Result {
		attrs := obj{}
		for _, a := range strings.Fields(p.attributes) {
			attrs[a] = id
		}
		return Result{ID: id, Attributes: attrs}
	}
	return &Type{
		Name: name, Properties: p.properties, Attributes: p.attributes,
		Create: func(ctx context.Context, r *Request) (Result, error) {
			if r.Repeat {
				found, err := r.find(ctx, "apigatewayv2", "Get"+p.plural, obj{"ApiId": r.Props["ApiId"]}, "Items", "NextToken", "NextToken", func(f obj) bool {
					return !r.Claimed(text(f[p.id])) && p.same(r, f)
				})
				if err != nil {
					return Result{}, err
				}
				if found != nil {
					return result(text(found[p.id])), nil
				}
			}
			out, err := r.do(ctx, "apigatewayv2", "Create"+p.noun, input(r))
			return result(text(out[p.id])), err
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			in := input(r)
			in[p.id] = r.ID
			_, err := r.do(ctx, "apigatewayv2", "Update"+p.noun, in)
			return result(r.ID), err
		},
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "apigatewayv2", "Delete"+p.noun, obj{"ApiId": r.Props["ApiId"], p.id: r.ID})
			return forget(err)
		},
	}
}

// apiRoute is AWS::ApiGatewayV2::Route.
func apiRoute() *Type {
	return partType("AWS::ApiGatewayV2::Route", part{
		noun: "Route", plural: "Routes", id: "RouteId", attributes: "RouteId",
		properties: `ApiId!* ApiKeyRequired AuthorizationScopes AuthorizationType AuthorizerId ModelSelectionExpression OperationName
			RequestModels RequestParameters RouteKey* RouteResponseSelectionExpression Target`,
		sent: []string{
			"ApiKeyRequired", "AuthorizationScopes", "AuthorizationType", "AuthorizerId", "ModelSelectionExpression", "OperationName",
			"RequestModels", "RequestParameters", "RouteKey", "RouteResponseSelectionExpression", "Target",
		},
		same: func(r *Request, f obj) bool { return Equal(f["RouteKey"], r.Props["RouteKey"]) },
	})
}

// apiIntegration is AWS::ApiGatewayV2::Integration.
func apiIntegration() *Type {
	return partType("AWS::ApiGatewayV2::Integration", part{
		noun: "Integration", plural: "Integrations", id: "IntegrationId", attributes: "IntegrationId",
		properties: `ApiId!* ConnectionId ConnectionType ContentHandlingStrategy CredentialsArn Description IntegrationMethod
			IntegrationSubtype IntegrationType* IntegrationUri PassthroughBehavior PayloadFormatVersion RequestParameters
			RequestTemplates ResponseParameters TemplateSelectionExpression TimeoutInMillis TlsConfig`,
		sent: []string{
			"ConnectionId", "ConnectionType", "ContentHandlingStrategy", "CredentialsArn", "Description", "IntegrationMethod",
			"IntegrationSubtype", "IntegrationType", "IntegrationUri", "PassthroughBehavior", "PayloadFormatVersion",
			"RequestParameters", "RequestTemplates", "ResponseParameters", "TemplateSelectionExpression", "TimeoutInMillis", "TlsConfig",
		},
		same: func(r *Request, f obj) bool {
			return Equal(f["IntegrationType"], r.Props["IntegrationType"]) && Equal(f["IntegrationUri"], r.Props["IntegrationUri"])
		},
	})
}

// apiAuthorizer is AWS::ApiGatewayV2::Authorizer.
func apiAuthorizer() *Type {
	t := partType("AWS::ApiGatewayV2::Authorizer", part{
		noun: "Authorizer", plural: "Authorizers", id: "AuthorizerId", attributes: "AuthorizerId",
		properties: `ApiId!* AuthorizerCredentialsArn AuthorizerPayloadFormatVersion AuthorizerResultTtlInSeconds AuthorizerType*
			AuthorizerUri EnableSimpleResponses IdentitySource IdentityValidationExpression JwtConfiguration Name*`,
		sent: []string{
			"AuthorizerCredentialsArn", "AuthorizerPayloadFormatVersion", "AuthorizerResultTtlInSeconds", "AuthorizerType",
			"AuthorizerUri", "EnableSimpleResponses", "IdentitySource", "IdentityValidationExpression", "JwtConfiguration", "Name",
		},
		same: func(r *Request, f obj) bool { return Equal(f["Name"], r.Props["Name"]) },
	})
	return t
}

// apiDeployment is AWS::ApiGatewayV2::Deployment.
func apiDeployment() *Type {
	return partType("AWS::ApiGatewayV2::Deployment", part{
		noun: "Deployment", plural: "Deployments", id: "DeploymentId", attributes: "DeploymentId",
		properties: "ApiId!* Description StageName!", sent: []string{"Description", "StageName"},
		same: func(r *Request, f obj) bool {
			return Equal(text(f["Description"]), r.str("Description")) && createdSince(text(f["CreatedDate"]), r)
		},
	})
}

// apiStage is AWS::ApiGatewayV2::Stage. Its id is its name.
func apiStage() *Type {
	input := func(r *Request) obj {
		in := pick(r.Props, "AccessLogSettings", "ApiId", "AutoDeploy", "ClientCertificateId", "DefaultRouteSettings", "DeploymentId",
			"Description", "RouteSettings", "StageName", "StageVariables")
		return in
	}
	return &Type{
		Name: "AWS::ApiGatewayV2::Stage",
		Properties: `AccessLogSettings AccessPolicyId~ ApiId!* AutoDeploy ClientCertificateId DefaultRouteSettings DeploymentId Description
			RouteSettings StageName!* StageVariables Tags`,
		Create: func(ctx context.Context, r *Request) (Result, error) {
			in := input(r)
			if tags := r.allTags(); len(tags) > 0 {
				in["Tags"] = tagObject(tags)
			}
			_, err := r.do(ctx, "apigatewayv2", "CreateStage", in)
			return Result{ID: r.str("StageName")}, r.adopt(err)
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			in := input(r)
			if r.changed("AccessLogSettings") && r.Props["AccessLogSettings"] == nil {
				if _, err := r.do(ctx, "apigatewayv2", "DeleteAccessLogSettings", pick(r.Props, "ApiId", "StageName")); err != nil {
					return Result{}, err
				}
			}
			if _, err := r.do(ctx, "apigatewayv2", "UpdateStage", in); err != nil {
				return Result{}, err
			}
			set, remove := r.tagChanges()
			return Result{ID: r.ID}, r.tagGateway(ctx, "apigatewayv2", "/apis/"+r.str("ApiId")+"/stages/"+r.ID, set, remove)
		},
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "apigatewayv2", "DeleteStage", obj{"ApiId": r.Props["ApiId"], "StageName": r.ID})
			return forget(err)
		},
	}
}

// apiDomainName is AWS::ApiGatewayV2::DomainName.
func apiDomainName() *Type {
	return &Type{
		Name:       "AWS::ApiGatewayV2::DomainName",
		Properties: "DomainName!* DomainNameConfigurations MutualTlsAuthentication RoutingMode~ Tags",
		Attributes: "DomainNameArn RegionalDomainName RegionalHostedZoneId",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			in := pick(r.Props, "DomainName", "DomainNameConfigurations", "MutualTlsAuthentication")
			if tags := r.allTags(); len(tags) > 0 {
				in["Tags"] = tagObject(tags)
			}
			out, err := r.do(ctx, "apigatewayv2", "CreateDomainName", in)
			if r.Repeat && exists(err) {
				out, err = r.do(ctx, "apigatewayv2", "GetDomainName", pick(r.Props, "DomainName"))
			}
			return r.domainName(out), err
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			out, err := r.do(ctx, "apigatewayv2", "UpdateDomainName", pick(r.Props, "DomainName", "DomainNameConfigurations", "MutualTlsAuthentication"))
			return r.domainName(out), err
		},
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "apigatewayv2", "DeleteDomainName", obj{"DomainName": r.ID})
			return forget(err)
		},
	}
}

// domainName is what a template sees of a domain name.
func (r *Request) domainName(out obj) Result {
	name := r.str("DomainName")
	attrs := obj{"DomainNameArn": "arn:" + r.Partition + ":apigateway:" + r.Region + "::/domainnames/" + name}
	if c := list(out["DomainNameConfigurations"]); len(c) > 0 {
		attrs["RegionalDomainName"] = text(at(c[0], "ApiGatewayDomainName"))
		attrs["RegionalHostedZoneId"] = text(at(c[0], "HostedZoneId"))
	}
	return Result{ID: name, Attributes: attrs}
}

// apiMapping is AWS::ApiGatewayV2::ApiMapping.
func apiMapping() *Type {
	return &Type{
		Name:       "AWS::ApiGatewayV2::ApiMapping",
		Properties: "ApiId* ApiMappingKey DomainName!* Stage*",
		Attributes: "ApiMappingId",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			out, err := r.do(ctx, "apigatewayv2", "CreateApiMapping", pick(r.Props, "ApiId", "ApiMappingKey", "DomainName", "Stage"))
			if r.Repeat && exists(err) {
				out, err = r.find(ctx, "apigatewayv2", "GetApiMappings", pick(r.Props, "DomainName"), "Items", "NextToken", "NextToken", func(m obj) bool {
					return text(m["ApiMappingKey"]) == r.str("ApiMappingKey")
				})
			}
			id := text(out["ApiMappingId"])
			return Result{ID: id, Attributes: obj{"ApiMappingId": id}}, err
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			in := pick(r.Props, "ApiId", "ApiMappingKey", "DomainName", "Stage")
			in["ApiMappingId"] = r.ID
			_, err := r.do(ctx, "apigatewayv2", "UpdateApiMapping", in)
			return Result{ID: r.ID, Attributes: obj{"ApiMappingId": r.ID}}, err
		},
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "apigatewayv2", "DeleteApiMapping", obj{"DomainName": r.Props["DomainName"], "ApiMappingId": r.ID})
			return forget(err)
		},
	}
}
