package openapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/gateway/plan"
	"maru.dev/maru/service/openapi"
)

// Parse reads a document. basePath says what becomes of the path of its first
// server: "ignore" (also when empty), "prepend" before all paths, or "split",
// which prepends what follows the first segment.
func Parse(body []byte, basePath string) (*Definition, error) {
	doc, err := openapi.Read[document](body)
	if err != nil {
		return nil, err
	}
	switch {
	case doc.Swagger != "":
		return nil, errors.New("OpenAPI 2.0 is not supported for HTTP APIs; use OpenAPI 3.0")
	case !strings.HasPrefix(string(doc.OpenAPI), "3.0"):
		return nil, fmt.Errorf("unsupported OpenAPI version %q: 3.0 is supported", string(doc.OpenAPI))
	case doc.Info.Title == "":
		return nil, errors.New("info.title is required")
	}
	d := &Definition{Name: string(doc.Info.Title), Description: string(doc.Info.Description), Version: string(doc.Info.Version)}
	d.NoEndpoint = doc.Endpoint.Disable
	for _, s := range doc.Servers {
		if s.Endpoint.Disable != nil {
			d.NoEndpoint = s.Endpoint.Disable
		}
	}
	d.Cors = doc.Cors.configuration()
	for _, t := range doc.Tags {
		if t.Value != nil {
			if d.Tags == nil {
				d.Tags = map[string]string{}
			}
			d.Tags[string(t.Name)] = string(*t.Value)
		}
	}
	prefix, err := doc.prefix(basePath)
	if err != nil {
		return nil, err
	}
	if err := d.addAuthorizers(doc); err != nil {
		return nil, err
	}
	return d, d.addPaths(doc, prefix)
}

// prefix is what stands before all paths.
func (d *document) prefix(mode string) (string, error) {
	base := ""
	if len(d.Servers) > 0 && mode != "" {
		var err error
		if base, err = d.Servers[0].Path(); err != nil {
			return "", err
		}
	}
	return openapi.Prefix(base, mode)
}

// configuration is the extension as a CORS configuration.
func (c *cors) configuration() *api.Cors {
	if c == nil {
		return nil
	}
	return &api.Cors{
		AllowOrigins: c.AllowOrigins, AllowMethods: c.AllowMethods, AllowHeaders: c.AllowHeaders, ExposeHeaders: c.ExposeHeaders,
		MaxAge: (*int32)(c.MaxAge), AllowCredentials: c.AllowCredentials,
	}
}

// addAuthorizers reads the security schemes that have an authorizer.
func (d *Definition) addAuthorizers(doc *document) error {
	for _, name := range slices.Sorted(maps.Keys(doc.Components.SecuritySchemes)) {
		s := doc.Components.SecuritySchemes[name]
		switch {
		case s.Authorizer != nil:
			a, err := s.Authorizer.record(name)
			if err != nil {
				return err
			}
			d.Authorizers = append(d.Authorizers, a)
		case s.AuthType == "":
			d.warn("Unable to create authorizer for security scheme '%s': it has no %s", name, extAuthorizer)
		}
	}
	return nil
}

// record is the extension as an authorizer.
func (a *authorizer) record(name string) (api.Authorizer, error) {
	out := api.Authorizer{Name: name}
	for _, list := range a.IdentitySource {
		for source := range strings.SplitSeq(list, ",") {
			out.IdentitySource = append(out.IdentitySource, strings.TrimSpace(source))
		}
	}
	switch strings.ToLower(string(a.Type)) {
	case "jwt":
		out.AuthorizerType = new(api.AuthorizerTypeJwt)
		if a.JWT == nil {
			return out, fmt.Errorf("authorizer %s has no jwtConfiguration", name)
		}
		out.JwtConfiguration = &api.JWTConfiguration{Issuer: new(string(a.JWT.Issuer)), Audience: a.JWT.Audience}
		if len(out.IdentitySource) == 0 {
			out.IdentitySource = []string{"$request.header.Authorization"}
		}
	case "request":
		out.AuthorizerType = new(api.AuthorizerTypeRequest)
		out.AuthorizerUri, out.AuthorizerCredentialsArn = (*string)(a.URI), (*string)(a.Credentials)
		out.AuthorizerPayloadFormatVersion = (*string)(a.PayloadVersion)
		out.AuthorizerResultTtlInSeconds, out.EnableSimpleResponses = (*int32)(a.TTL), a.SimpleResponses
	default:
		return out, fmt.Errorf("authorizer %s has the unknown type %q", name, string(a.Type))
	}
	return out, nil
}

// addPaths reads the operations.
func (d *Definition) addPaths(doc *document, prefix string) error {
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		item := doc.Paths[path]
		for _, method := range slices.Sorted(maps.Keys(item)) {
			switch method {
			case "get", "head", "post", "put", "patch", "delete", "options", anyMethod:
			case "trace":
				d.warn("Method 'trace' of resource '%s' is not supported", path)
				continue
			default:
				continue // parameters, summary, extensions
			}
			var op operation
			if err := json.Unmarshal(item[method], &op); err != nil {
				return fmt.Errorf("unable to parse method '%s' of resource '%s': %w", method, path, err)
			}
			r, err := d.route(doc, &op, routeKey(prefix, path, method))
			if err != nil {
				return fmt.Errorf("unable to create route for method '%s' of resource '%s': %w", method, path, err)
			}
			d.Routes = append(d.Routes, r)
		}
	}
	return nil
}

// routeKey is the route of an operation.
func routeKey(prefix, path, method string) string {
	if path == defaultPath {
		return "$default"
	}
	if method == anyMethod {
		method = plan.AnyMethod
	}
	if prefix != "" && path == "/" {
		path = ""
	}
	return strings.ToUpper(method) + " " + prefix + path
}

// route reads one operation.
func (d *Definition) route(doc *document, op *operation, key string) (Route, error) {
	if op.IsDefault {
		key = "$default"
	}
	if _, err := plan.ParseRouteKey(key); err != nil {
		return Route{}, err
	}
	r := Route{Key: key, OperationName: (*string)(op.OperationID), Authorization: api.AuthorizationTypeNone}
	if i := op.Integration; i != nil {
		if i.Ref != "" {
			name := strings.TrimPrefix(i.Ref, "#/components/x-amazon-apigateway-integrations/")
			shared, ok := doc.Components.Integrations[name]
			if !ok {
				return r, fmt.Errorf("integration %s is not in the document", i.Ref)
			}
			i = &shared
		}
		r.Integration = i.record()
	}
	if op.Auth != nil && strings.EqualFold(string(op.Auth.Type), api.AuthorizationTypeAwsIam) {
		r.Authorization = api.AuthorizationTypeAwsIam
		return r, nil
	}
	return r, d.secure(doc, op, &r)
}

// secure finds who may use a route: the first of its security schemes.
func (d *Definition) secure(doc *document, op *operation, r *Route) error {
	security := doc.Security
	if op.Security != nil {
		security = *op.Security
	}
	if len(security) == 0 || len(security[0]) == 0 {
		return nil
	}
	if len(security) > 1 || len(security[0]) > 1 {
		d.warn("Route '%s' has more than one security requirement; the first is used", r.Key)
	}
	name := slices.Sorted(maps.Keys(security[0]))[0]
	s, ok := doc.Components.SecuritySchemes[name]
	switch {
	case !ok:
		return fmt.Errorf("security scheme '%s' is not in the document", name)
	case strings.EqualFold(string(s.AuthType), "awsSigv4"):
		r.Authorization = api.AuthorizationTypeAwsIam
		return nil
	case s.Authorizer == nil:
		return nil // warned of above
	}
	r.Authorizer, r.Authorization = name, api.AuthorizationTypeCustom
	if strings.EqualFold(string(s.Authorizer.Type), "jwt") {
		r.Authorization, r.Scopes = api.AuthorizationTypeJwt, security[0][name]
	}
	return nil
}

// record is the extension as an integration.
func (i *integration) record() *api.Integration {
	out := &api.Integration{
		IntegrationType: new(strings.ToUpper(string(i.Type))), IntegrationMethod: (*string)(i.Method), IntegrationUri: (*string)(i.URI),
		PayloadFormatVersion: (*string)(i.PayloadVersion), ConnectionType: (*string)(i.ConnectionType), ConnectionId: (*string)(i.ConnectionID),
		CredentialsArn: (*string)(i.Credentials), Description: (*string)(i.Description), IntegrationSubtype: (*string)(i.Subtype),
		TimeoutInMillis: (*int32)(i.Timeout), RequestParameters: openapi.Strings(i.RequestParameters),
	}
	if out.IntegrationMethod != nil && strings.EqualFold(*out.IntegrationMethod, anyMethod) {
		out.IntegrationMethod = new(plan.AnyMethod)
	}
	for status, parameters := range i.ResponseParameters {
		if out.ResponseParameters == nil {
			out.ResponseParameters = map[string]map[string]string{}
		}
		out.ResponseParameters[status] = openapi.Strings(parameters)
	}
	if i.TLS != nil {
		out.TlsConfig = &api.TlsConfig{ServerNameToVerify: (*string)(i.TLS.ServerName)}
	}
	return out
}

// warn adds a warning.
func (d *Definition) warn(format string, args ...any) {
	d.Warnings = append(d.Warnings, fmt.Sprintf(format, args...))
}
