package openapi

import (
	"encoding/json"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/gateway/plan"
)

// object is a part of a document to be written.
type object map[string]any

// Write writes an API as a document: "JSON" or "YAML", with the extensions
// that make it importable or without them.
func Write(d *Definition, endpointURL, outputType string, extensions bool) ([]byte, error) {
	doc := object{
		"openapi": "3.0.1",
		"info":    object{"title": d.Name, "version": d.Version}.with("description", d.Description),
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
	if strings.EqualFold(outputType, "YAML") {
		return yaml.Marshal(doc.plain())
	}
	return json.MarshalIndent(doc, "", "  ")
}

// with adds a member that is not empty.
func (o object) with(name string, v any) object {
	switch v := v.(type) {
	case string:
		if v == "" {
			return o
		}
	case *string:
		if v == nil {
			return o
		}
		o[name] = *v
		return o
	case *int32:
		if v == nil {
			return o
		}
		o[name] = *v
		return o
	case *bool:
		if v == nil {
			return o
		}
		o[name] = *v
		return o
	case []string:
		if len(v) == 0 {
			return o
		}
	case map[string]string:
		if len(v) == 0 {
			return o
		}
	case map[string]map[string]string:
		if len(v) == 0 {
			return o
		}
	}
	o[name] = v
	return o
}

// plain is o without its own types, for YAML.
func (o object) plain() map[string]any {
	raw, err := json.Marshal(o)
	if err != nil {
		return nil
	}
	var out map[string]any
	if json.Unmarshal(raw, &out) != nil {
		return nil
	}
	return out
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
		op := object{"responses": object{"default": object{"description": "Default response for " + r.Key}}}.with("operationId", r.OperationName)
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
		e := object{}.with("identitySource", strings.Join(a.IdentitySource, ","))
		if a.JwtConfiguration != nil {
			s = object{"type": "oauth2", "flows": object{}}
			e["type"] = "jwt"
			e["jwtConfiguration"] = object{}.with("issuer", a.JwtConfiguration.Issuer).with("audience", a.JwtConfiguration.Audience)
		} else {
			e["type"] = "request"
			e = e.with("authorizerUri", a.AuthorizerUri).with("authorizerCredentials", a.AuthorizerCredentialsArn).
				with("authorizerPayloadFormatVersion", a.AuthorizerPayloadFormatVersion).
				with("authorizerResultTtlInSeconds", a.AuthorizerResultTtlInSeconds).with("enableSimpleResponses", a.EnableSimpleResponses)
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
	o := object{}.with("payloadFormatVersion", i.PayloadFormatVersion).with("httpMethod", i.IntegrationMethod).with("uri", i.IntegrationUri).
		with("connectionType", i.ConnectionType).with("connectionId", i.ConnectionId).with("credentials", i.CredentialsArn).
		with("description", i.Description).with("integrationSubtype", i.IntegrationSubtype).with("timeoutInMillis", i.TimeoutInMillis).
		with("requestParameters", i.RequestParameters).with("responseParameters", i.ResponseParameters)
	if i.IntegrationType != nil {
		o["type"] = strings.ToLower(*i.IntegrationType)
	}
	if i.TlsConfig != nil {
		o["tlsConfig"] = object{}.with("serverNameToVerify", i.TlsConfig.ServerNameToVerify)
	}
	return o
}

// corsObject is a CORS configuration as the extension writes it.
func corsObject(c *api.Cors) object {
	return object{}.with("allowOrigins", c.AllowOrigins).with("allowMethods", c.AllowMethods).with("allowHeaders", c.AllowHeaders).
		with("exposeHeaders", c.ExposeHeaders).with("maxAge", c.MaxAge).with("allowCredentials", c.AllowCredentials)
}
