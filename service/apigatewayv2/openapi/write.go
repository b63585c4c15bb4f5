package openapi

import (
	"fmt"
	"strings"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/gateway/plan"
	"maru.dev/maru/service/openapi"
)

// object is a part of a document to be written.
type object = openapi.Object

// Write writes an API as a document: "JSON" or "YAML", with the extensions
// that make it importable or without them.
func Write(d *Definition, endpointURL, outputType string, extensions bool) ([]byte, error) {
	doc := object{
		"openapi": "3.0.1",
		"info":    object{"title": d.Name, "version": d.Version}.With("description", d.Description),
		"servers": []object{{"url": endpointURL}},
		"paths":   d.paths(extensions),
	}
	if schemes := d.schemes(extensions); len(schemes) > 0 {
		doc["components"] = object{"securitySchemes": schemes}
	}
	if extensions {
		doc[extVersion] = "1.0"
		if d.Cors != nil {
			doc[extCors] = corsObject(d.Cors)
		}
	}
	return doc.Marshal(strings.EqualFold(outputType, "YAML"))
}

// paths are the routes.
func (d *Definition) paths(extensions bool) object {
	paths := object{}
	for _, r := range d.Routes {
		key, err := plan.ParseRouteKey(r.Key)
		if err != nil {
			continue
		}
		path, method := defaultPath, anyMethod
		if !key.Default {
			path = key.Path()
			if key.Method != plan.AnyMethod {
				method = strings.ToLower(key.Method)
			}
		}
		op := object{"responses": object{"default": object{"description": "Default response for " + r.Key}}}.With("operationId", r.OperationName)
		if key.Default {
			op["isDefaultRoute"] = true
		}
		if parameters := pathParameters(key); len(parameters) > 0 {
			op["parameters"] = parameters
		}
		if name := r.securityName(); name != "" {
			op["security"] = []object{{name: append([]string{}, r.Scopes...)}}
		}
		if extensions && r.Integration != nil {
			op[extIntegrate] = integrationObject(r.Integration)
		}
		item, ok := paths[path].(object)
		if !ok {
			item = object{}
			paths[path] = item
		}
		item[method] = op
	}
	return paths
}

// pathParameters describe the variables of a path.
func pathParameters(key plan.RouteKey) (list []object) {
	for _, s := range key.Segments {
		if s.Var {
			list = append(list, object{
				"name": s.Text, "in": "path", "required": true, "schema": object{"type": "string"},
				"description": fmt.Sprintf("Generated path parameter for %s", s.Text),
			})
		}
	}
	return list
}

// iamScheme is what a scheme for signatures is called.
const iamScheme = "AWS_IAM"

// securityName is the scheme that a route asks for.
func (r *Route) securityName() string {
	if r.Authorization == api.AuthorizationTypeAwsIam {
		return iamScheme
	}
	return r.Authorizer
}

// schemes are the authorizers.
func (d *Definition) schemes(extensions bool) object {
	out := object{}
	for _, r := range d.Routes {
		if r.Authorization == api.AuthorizationTypeAwsIam {
			out[iamScheme] = object{"type": "apiKey", "name": "Authorization", "in": "header", extAuthType: "awsSigv4"}
		}
	}
	for _, a := range d.Authorizers {
		s := object{"type": "apiKey", "name": "Authorization", "in": "header"}
		e := object{}.With("identitySource", strings.Join(a.IdentitySource, ","))
		if a.JwtConfiguration != nil {
			s = object{"type": "oauth2", "flows": object{}}
			e["type"] = "jwt"
			e["jwtConfiguration"] = object{}.With("issuer", a.JwtConfiguration.Issuer).With("audience", a.JwtConfiguration.Audience)
		} else {
			e["type"] = "request"
			e = e.With("authorizerUri", a.AuthorizerUri).With("authorizerCredentials", a.AuthorizerCredentialsArn).
				With("authorizerPayloadFormatVersion", a.AuthorizerPayloadFormatVersion).
				With("authorizerResultTtlInSeconds", a.AuthorizerResultTtlInSeconds).With("enableSimpleResponses", a.EnableSimpleResponses)
		}
		if extensions {
			s[extAuthorizer] = e
		}
		out[a.Name] = s
	}
	return out
}

// integrationObject is an integration as the extension writes it.
func integrationObject(i *api.Integration) object {
	o := object{}.With("payloadFormatVersion", i.PayloadFormatVersion).With("httpMethod", i.IntegrationMethod).With("uri", i.IntegrationUri).
		With("connectionType", i.ConnectionType).With("connectionId", i.ConnectionId).With("credentials", i.CredentialsArn).
		With("description", i.Description).With("integrationSubtype", i.IntegrationSubtype).With("timeoutInMillis", i.TimeoutInMillis).
		With("requestParameters", i.RequestParameters).With("responseParameters", i.ResponseParameters)
	if i.IntegrationType != nil {
		o["type"] = strings.ToLower(*i.IntegrationType)
	}
	if i.TlsConfig != nil {
		o["tlsConfig"] = object{}.With("serverNameToVerify", i.TlsConfig.ServerNameToVerify)
	}
	return o
}

// corsObject is a CORS configuration as the extension writes it.
func corsObject(c *api.Cors) object {
	return object{}.With("allowOrigins", c.AllowOrigins).With("allowMethods", c.AllowMethods).With("allowHeaders", c.AllowHeaders).
		With("exposeHeaders", c.ExposeHeaders).With("maxAge", c.MaxAge).With("allowCredentials", c.AllowCredentials)
}
