package sam

import (
	"fmt"
	"maps"
	"slices"
)

// authorizers writes the API's authorizers as security schemes.
func (a *httpAPI) authorizers(t *transform) {
	all := asMap(asMap(a.props["Auth"])["Authorizers"])
	if len(all) == 0 {
		return
	}
	schemes := child(child(a.body, "components"), "securitySchemes")
	for _, name := range slices.Sorted(maps.Keys(all)) {
		auth := asMap(all[name])
		switch {
		case auth["JwtConfiguration"] != nil:
			schemes[name] = map[string]any{
				"type": "oauth2",
				"x-amazon-apigateway-authorizer": map[string]any{
					"type": "jwt", "jwtConfiguration": auth["JwtConfiguration"], "identitySource": auth["IdentitySource"],
				},
			}
		case auth["FunctionArn"] != nil:
			schemes[name] = a.lambdaAuthorizer(t, name, auth)
		default:
			t.fail(a.id, fmt.Sprintf("'%s' must be a JWT or Lambda authorizer.", name))
		}
	}
}

// lambdaAuthorizer writes an authorizer that asks a function.
func (a *httpAPI) lambdaAuthorizer(t *transform, name string, auth map[string]any) map[string]any {
	scheme := map[string]any{
		"type": "request",
		"authorizerUri": sub("arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations",
			map[string]any{"__FunctionArn__": auth["FunctionArn"]}),
	}
	if v, ok := auth["AuthorizerPayloadFormatVersion"]; ok {
		scheme["authorizerPayloadFormatVersion"] = v
	} else {
		t.fail(a.id, name+" Lambda Authorizer must define 'AuthorizerPayloadFormatVersion'.")
	}
	if v, ok := auth["EnableSimpleResponses"]; ok {
		scheme["enableSimpleResponses"] = v
	}
	if v, ok := auth["FunctionInvokeRole"]; ok && v != "NONE" {
		scheme["authorizerCredentials"] = v
	}
	identity := asMap(auth["Identity"])
	if v, ok := identity["ReauthorizeEvery"]; ok {
		scheme["authorizerResultTtlInSeconds"] = v
	}
	var sources []any
	for _, from := range []struct{ property, expression string }{
		{"Headers", "$request.header."},
		{"QueryStrings", "$request.querystring."},
		{"StageVariables", "$stageVariables."},
		{"Context", "$context."},
	} {
		for _, n := range asList(identity[from.property]) {
			sources = append(sources, from.expression+fmt.Sprint(n))
		}
	}
	if sources != nil {
		scheme["identitySource"] = sources
	}
	if auth["EnableFunctionDefaultPermissions"] == true {
		t.emit(a.source, a.id+name+"AuthorizerPermission", "AWS::Lambda::Permission", map[string]any{
			"Action": "lambda:InvokeFunction", "FunctionName": auth["FunctionArn"], "Principal": "apigateway.amazonaws.com",
			"SourceArn": sub("arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/authorizers/*",
				map[string]any{"__ApiId__": ref(a.id)}),
		})
	}
	return map[string]any{"type": "apiKey", "name": "Unused", "in": "header", "x-amazon-apigateway-authorizer": scheme}
}

// domain gives the API a name of the user's own.
func (a *httpAPI) domain(t *transform) {
	d := asMap(a.props["Domain"])
	if d == nil {
		return
	}
	if d["DomainName"] == nil || d["CertificateArn"] == nil {
		t.fail(a.id, "Custom Domains only works if both DomainName and CertificateArn are provided.")
		return
	}
	id := "ApiGatewayDomainNameV2" + suffix(t.static(d["DomainName"]))
	config := map[string]any{"CertificateArn": d["CertificateArn"], "EndpointType": "REGIONAL"}
	if v, ok := d["SecurityPolicy"]; ok {
		config["SecurityPolicy"] = v
	}
	t.emit(a.source, id, "AWS::ApiGatewayV2::DomainName", map[string]any{
		"DomainName": d["DomainName"], "DomainNameConfigurations": []any{config},
		"Tags": map[string]any{"httpapi:createdBy": "SAM"},
	})
	paths := asList(d["BasePath"])
	if len(paths) == 0 {
		paths = []any{nil}
	}
	for _, p := range paths {
		path, _ := t.text(p)
		mapping := map[string]any{"ApiId": ref(a.id), "DomainName": ref(id), "Stage": ref(a.stage)}
		name := a.id + "ApiMapping"
		if path != "" && path != "/" {
			mapping["ApiMappingKey"] = path
			name = a.id + alphanumeric(path) + "ApiMapping"
		}
		t.emit(a.source, name, "AWS::ApiGatewayV2::ApiMapping", mapping)
	}
}
