package openapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/service/openapi"
)

// method reads one operation, with the parameters that all of its path have.
func (p *parser) method(path, verb string, op *operation, shared []parameter) (Method, error) {
	if verb == anyMethod {
		verb = "any"
	}
	m := Method{Path: path, Method: api.Method{
		HttpMethod: new(strings.ToUpper(verb)), AuthorizationType: new("NONE"), ApiKeyRequired: new(false),
		OperationName: (*string)(op.OperationID), RequestValidatorId: (*string)(p.doc.Validator),
	}}
	if op.Validator != nil {
		m.RequestValidatorId = (*string)(op.Validator)
	}
	if v := m.RequestValidatorId; v != nil {
		if _, ok := p.doc.Validators[*v]; !ok {
			p.warn("Request validator '%s' of method '%s' on resource '%s' is not in the document. Ignoring.", *v, verb, path)
			m.RequestValidatorId = nil
		}
	}
	if err := p.parameters(&m, op, append(slices.Clone(shared), op.Parameters...)); err != nil {
		return m, err
	}
	if err := p.requestBody(&m, op.Body); err != nil {
		return m, err
	}
	if err := p.responses(&m, op); err != nil {
		return m, err
	}
	p.secure(&m, op)
	return m, p.integrate(&m, op.Integration)
}

// parameters reads what a request has; an operation's own come last, and count.
func (p *parser) parameters(m *Method, op *operation, list []parameter) error {
	for _, q := range list {
		if q.Ref != "" {
			name := q.Ref[strings.LastIndex(q.Ref, "/")+1:]
			shared, ok := p.doc.Components.Parameters[name]
			if !ok || shared.Ref != "" {
				return fmt.Errorf("parameter %s is not in the document", q.Ref)
			}
			q = shared
		}
		place := string(q.In)
		switch place {
		case "path", "header":
		case "query":
			place = "querystring"
		case "body":
			if err := p.body(m, q.Schema, firstOf(op.Consumes, p.doc.Consumes)); err != nil {
				return err
			}
			continue
		default:
			p.warn("Unsupported parameter type '%s' for parameter '%s' of method '%s' on resource '%s'. Ignoring.", place, q.Name, *m.HttpMethod, m.Path)
			continue
		}
		if m.RequestParameters == nil {
			m.RequestParameters = map[string]bool{}
		}
		m.RequestParameters["method.request."+place+"."+string(q.Name)] = bool(q.Required)
	}
	return nil
}

// firstOf is the first list with something in it, or JSON.
func firstOf(lists ...texts) []string {
	for _, l := range lists {
		if len(l) > 0 {
			return l
		}
	}
	return []string{"application/json"}
}

// body takes over the schema of a request's body, for content types.
func (p *parser) body(m *Method, schema json.RawMessage, types []string) error {
	name, err := p.modelOf(schema)
	if err != nil || name == "" {
		return err
	}
	for _, t := range types {
		if m.RequestModels == nil {
			m.RequestModels = map[string]string{}
		}
		m.RequestModels[t] = name
	}
	return nil
}

// requestBody is body in OpenAPI 3.
func (p *parser) requestBody(m *Method, b *body) error {
	if b == nil {
		return nil
	}
	if b.Ref != "" {
		shared, ok := p.doc.Components.RequestBodies[b.Ref[strings.LastIndex(b.Ref, "/")+1:]]
		if !ok {
			return fmt.Errorf("request body %s is not in the document", b.Ref)
		}
		b = &shared
	}
	for _, t := range slices.Sorted(maps.Keys(b.Content)) {
		if err := p.body(m, b.Content[t].Schema, []string{t}); err != nil {
			return err
		}
	}
	return nil
}

// status is a response's status code.
var status = regexp.MustCompile(`^[1-5][0-9]{2}$`)

// responses reads what a method answers.
func (p *parser) responses(m *Method, op *operation) error {
	for _, code := range slices.Sorted(maps.Keys(op.Responses)) {
		r := op.Responses[code]
		if r.Ref != "" {
			shared, ok := p.doc.Components.Responses[r.Ref[strings.LastIndex(r.Ref, "/")+1:]]
			if !ok {
				return fmt.Errorf("response %s is not in the document", r.Ref)
			}
			r = shared
		}
		if !status.MatchString(code) {
			if code != "default" && !strings.HasPrefix(code, "x-") {
				p.warn("Unsupported response status '%s' of method '%s' on resource '%s'. Ignoring.", code, *m.HttpMethod, m.Path)
			}
			continue
		}
		out, err := p.response(code, &r, firstOf(op.Produces, p.doc.Produces))
		if err != nil {
			return err
		}
		if m.MethodResponses == nil {
			m.MethodResponses = map[string]api.MethodResponse{}
		}
		m.MethodResponses[code] = out
	}
	return nil
}

// response reads one answer; types are the content types of Swagger's.
func (p *parser) response(code string, r *response, types []string) (api.MethodResponse, error) {
	out := api.MethodResponse{StatusCode: &code}
	for name := range r.Headers {
		if out.ResponseParameters == nil {
			out.ResponseParameters = map[string]bool{}
		}
		out.ResponseParameters["method.response.header."+name] = false
	}
	content := maps.Clone(r.Content)
	if content == nil && r.Schema != nil {
		content = map[string]media{}
		for _, t := range types {
			content[t] = media{Schema: r.Schema}
		}
	}
	for _, t := range slices.Sorted(maps.Keys(content)) {
		name, err := p.modelOf(content[t].Schema)
		if err != nil {
			return out, err
		}
		if name == "" {
			continue
		}
		if out.ResponseModels == nil {
			out.ResponseModels = map[string]string{}
		}
		out.ResponseModels[t] = name
	}
	return out, nil
}

// integrate reads where a method leads.
func (p *parser) integrate(m *Method, i *integration) error {
	if i == nil {
		return nil
	}
	if i.Ref != "" {
		shared, ok := p.doc.Components.Integrations[i.Ref[strings.LastIndex(i.Ref, "/")+1:]]
		if !ok {
			return fmt.Errorf("integration %s is not in the document", i.Ref)
		}
		i = &shared
	}
	out := &api.Integration{
		Type: upper(&i.Type), HttpMethod: upper(i.Method), Uri: (*string)(i.URI), Credentials: (*string)(i.Credentials),
		RequestParameters: openapi.Strings(i.Parameters), RequestTemplates: openapi.Strings(i.Templates),
		PassthroughBehavior: upper(i.Passthrough), ContentHandling: upper(i.ContentHandling), TimeoutInMillis: (*int32)(i.Timeout),
		CacheNamespace: (*string)(i.CacheNamespace), CacheKeyParameters: i.CacheKeys, ConnectionType: upper(i.ConnectionType),
		ConnectionId: (*string)(i.ConnectionID), IntegrationTarget: (*string)(i.Target), ResponseTransferMode: upper(i.TransferMode),
	}
	if out.HttpMethod != nil && strings.EqualFold(*out.HttpMethod, anyMethod) {
		out.HttpMethod = new("ANY")
	}
	if i.TLS != nil {
		out.TlsConfig = &api.TlsConfig{InsecureSkipVerification: new(bool(i.TLS.Insecure))}
	}
	for _, pattern := range slices.Sorted(maps.Keys(i.Responses)) {
		r := i.Responses[pattern]
		code := string(r.StatusCode)
		if _, taken := out.IntegrationResponses[code]; taken {
			p.warn("Method '%s' on resource '%s' has more than one integration response of status '%s'; the last is used", *m.HttpMethod, m.Path, code)
		}
		if out.IntegrationResponses == nil {
			out.IntegrationResponses = map[string]api.IntegrationResponse{}
		}
		to := api.IntegrationResponse{
			StatusCode: &code, ContentHandling: upper(r.ContentHandling),
			ResponseParameters: openapi.Strings(r.Parameters), ResponseTemplates: openapi.Strings(r.Templates),
		}
		if pattern != "default" {
			to.SelectionPattern = &pattern
		}
		out.IntegrationResponses[code] = to
	}
	m.MethodIntegration = out
	return nil
}

// upper is a word of a fixed set, which documents may write in small letters.
func upper(t *text) *string {
	if t == nil {
		return nil
	}
	return new(strings.ToUpper(string(*t)))
}
