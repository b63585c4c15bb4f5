package openapi

import (
	"maps"
	"slices"
	"strings"

	api "maru.dev/maru/api/apigateway"
)

// authorizers reads the security schemes that have an authorizer.
func (p *parser) authorizers() {
	for _, name := range slices.Sorted(maps.Keys(p.doc.Components.SecuritySchemes)) {
		s := p.doc.Components.SecuritySchemes[name]
		if s.Authorizer != nil && s.Authorizer.Type != "" {
			p.Authorizers = append(p.Authorizers, s.authorizer(name))
			continue
		}
		if strings.EqualFold(string(s.AuthType), sigV4) || s.isKey() {
			continue
		}
		p.warn("Unable to create authorizer for security definition: '%s'. %s is missing. Ignoring.", name, extAuthorizer)
	}
}

// isKey tells whether the scheme is that of API keys.
func (s *scheme) isKey() bool {
	return strings.EqualFold(string(s.Type), "apiKey") && strings.EqualFold(string(s.Name), keyHeader)
}

// authorizer is the scheme as an authorizer. One that reads a token reads it from
// the scheme's header.
func (s *scheme) authorizer(name string) api.Authorizer {
	x := s.Authorizer
	a := api.Authorizer{
		Name: &name, Type: upper(&x.Type), ProviderARNs: x.Providers, AuthorizerUri: (*string)(x.URI), AuthorizerCredentials: (*string)(x.Credentials),
		IdentitySource: (*string)(x.IdentitySource), IdentityValidationExpression: (*string)(x.Expression), AuthorizerResultTtlInSeconds: (*int32)(x.TTL),
	}
	if s.AuthType != "" {
		a.AuthType = (*string)(&s.AuthType)
	}
	if a.IdentitySource == nil && *a.Type != api.AuthorizerTypeRequest && s.Name != "" {
		a.IdentitySource = new("method.request.header." + string(s.Name))
	}
	return a
}

// secure finds who may use a method: each scheme that it requires says something
// of its own.
func (p *parser) secure(m *Method, op *operation) {
	if op.Auth != nil {
		*m.AuthorizationType = strings.ToUpper(string(op.Auth.Type))
	}
	security := p.doc.Security
	if op.Security != nil {
		security = *op.Security
	}
	for _, requirement := range security {
		for _, name := range slices.Sorted(maps.Keys(requirement)) {
			s, ok := p.doc.Components.SecuritySchemes[name]
			switch {
			case !ok && name != "NONE": // SAM's word for no authorizer
				p.warn("Security scheme '%s' of method '%s' on resource '%s' is not in the document. Ignoring.", name, *m.HttpMethod, m.Path)
			case !ok:
			case strings.EqualFold(string(s.AuthType), sigV4):
				p.authorize(m, "AWS_IAM", "", nil)
			case s.Authorizer != nil && strings.EqualFold(string(s.Authorizer.Type), api.AuthorizerTypeCognitoUserPools):
				p.authorize(m, "COGNITO_USER_POOLS", name, requirement[name])
			case s.Authorizer != nil:
				p.authorize(m, "CUSTOM", name, requirement[name])
			case s.isKey():
				*m.ApiKeyRequired = true
			}
		}
	}
}

// authorize sets how a method knows its callers. The first way counts.
func (p *parser) authorize(m *Method, kind, name string, scopes []string) {
	if *m.AuthorizationType != "NONE" && (*m.AuthorizationType != kind || m.AuthorizerId != nil) {
		p.warn("Method '%s' on resource '%s' has more than one authorizer; the first is used", *m.HttpMethod, m.Path)
		return
	}
	*m.AuthorizationType = kind
	if name != "" {
		m.AuthorizerId = &name
	}
	if len(scopes) > 0 {
		m.AuthorizationScopes = scopes
	}
}
