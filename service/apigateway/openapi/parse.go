package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/service/openapi"
)

// Parse reads a document of the API with an id. basePath says what becomes of its
// base path: "ignore" (also when empty), "prepend" or "split".
func Parse(body []byte, apiID, basePath string) (*Definition, error) {
	if len(body) > MaxSize {
		return nil, fmt.Errorf("the document is larger than %d bytes", MaxSize)
	}
	doc, err := openapi.Read[document](body)
	if err != nil {
		return nil, err
	}
	if err := doc.unify(); err != nil {
		return nil, err
	}
	prefix, err := doc.prefix(basePath)
	if err != nil {
		return nil, err
	}
	p := &parser{Definition: &Definition{}, doc: doc, apiID: apiID, models: map[string]bool{}}
	p.settings()
	p.gatewayResponses()
	p.validators()
	p.authorizers()
	if err := p.schemas(); err != nil {
		return nil, err
	}
	return p.Definition, p.paths(prefix)
}

// parser is a document on its way to a definition.
type parser struct {
	*Definition

	doc    *document
	apiID  string
	models map[string]bool // by name
}

// unify brings a Swagger document into the form of OpenAPI 3, as far as they say
// the same.
func (d *document) unify() error {
	switch {
	case d.Swagger == "2.0" || d.Swagger == "2":
		d.Components = components{
			Schemas: d.Definitions, Parameters: d.Parameters, Responses: d.Responses, SecuritySchemes: d.SecurityDefinitions,
			Integrations: d.Components.Integrations,
		}
	case strings.HasPrefix(string(d.OpenAPI), "3.0"):
	default:
		return errors.New("Invalid OpenAPI input: the document is neither Swagger 2.0 nor OpenAPI 3.0")
	}
	for _, s := range d.Servers {
		if s.Endpoint != nil {
			d.Endpoint = s.Endpoint
		}
	}
	return nil
}

// prefix is what stands before all paths.
func (d *document) prefix(mode string) (string, error) {
	base := string(d.BasePath)
	if len(d.Servers) > 0 && d.Swagger == "" {
		var err error
		if base, err = d.Servers[0].Path(); err != nil {
			return "", err
		}
	}
	return openapi.Prefix(base, mode)
}

// settings are what the document says of the API as a whole.
func (p *parser) settings() {
	doc, a := p.doc, &p.API
	if doc.Info.Title != "" {
		a.Name = (*string)(&doc.Info.Title)
	}
	a.Version, a.Description = (*string)(doc.Info.Version), (*string)(doc.Info.Description)
	if a.Description != nil && *a.Description == "" {
		a.Description = nil
	}
	a.ApiKeySource, a.MinimumCompressionSize, a.BinaryMediaTypes = (*string)(doc.KeySource), (*int32)(doc.Compression), doc.Binary
	if e := doc.Endpoint; e != nil {
		a.DisableExecuteApiEndpoint = (*bool)(e.Disable)
		if e.VPCEndpoints != nil || e.AddressType != nil {
			a.EndpointConfiguration = &api.EndpointConfiguration{VpcEndpointIds: e.VPCEndpoints, IpAddressType: (*string)(e.AddressType)}
		}
	}
	a.Policy = policyText(doc.Policy)
	for _, t := range doc.Tags {
		if t.Value != nil {
			if a.Tags == nil {
				a.Tags = map[string]string{}
			}
			a.Tags[string(t.Name)] = string(*t.Value)
		}
	}
}

// policyText is a policy that stands in a document, or in a text in it.
func policyText(raw json.RawMessage) *string {
	var inText string
	if json.Unmarshal(raw, &inText) == nil {
		raw = json.RawMessage(inText)
	}
	var out bytes.Buffer
	if json.Compact(&out, raw) != nil || out.Len() == 0 || out.String() == "null" {
		return nil
	}
	return new(out.String())
}

// gatewayResponses are what API Gateway itself answers.
func (p *parser) gatewayResponses() {
	for _, kind := range slices.Sorted(maps.Keys(p.doc.GatewayResponses)) {
		r := p.doc.GatewayResponses[kind]
		p.Responses = append(p.Responses, api.GatewayResponse{
			ResponseType: &kind, StatusCode: (*string)(r.StatusCode), DefaultResponse: new(false),
			ResponseParameters: openapi.Strings(r.Parameters), ResponseTemplates: openapi.Strings(r.Templates),
		})
	}
}

// validators are the request validators by name.
func (p *parser) validators() {
	for _, name := range slices.Sorted(maps.Keys(p.doc.Validators)) {
		v := p.doc.Validators[name]
		p.Validators = append(p.Validators, api.RequestValidator{
			Name: &name, ValidateRequestBody: new(bool(v.Body)), ValidateRequestParameters: new(bool(v.Parameters)),
		})
	}
}

// paths reads the operations of all paths.
func (p *parser) paths(prefix string) error {
	seen := map[string]bool{}
	for _, path := range slices.Sorted(maps.Keys(p.doc.Paths)) {
		if !strings.HasPrefix(path, "/") {
			if strings.HasPrefix(path, "x-") {
				continue
			}
			return fmt.Errorf("Invalid OpenAPI input: path '%s' does not begin with a slash", path)
		}
		full := strings.TrimRight(prefix+path, "/")
		if full == "" {
			full = "/"
		}
		if !seen[full] {
			p.Paths, seen[full] = append(p.Paths, full), true
		}
		if err := p.path(full, p.doc.Paths[path]); err != nil {
			return err
		}
	}
	return nil
}

// path reads the operations of one path.
func (p *parser) path(path string, item map[string]json.RawMessage) error {
	var shared []parameter
	if raw, ok := item["parameters"]; ok {
		if err := json.Unmarshal(raw, &shared); err != nil {
			return fmt.Errorf("Unable to parse the parameters of path '%s': %w", path, err)
		}
	}
	for _, verb := range slices.Sorted(maps.Keys(item)) {
		switch verb {
		case "get", "head", "post", "put", "patch", "delete", "options", anyMethod:
		case "trace":
			p.warn("Unsupported method '%s' on resource '%s'. Ignoring.", verb, path)
			continue
		default:
			continue // parameters, summary, extensions
		}
		var op operation
		if err := json.Unmarshal(item[verb], &op); err != nil {
			return fmt.Errorf("Unable to parse API definition because of a malformed operation '%s' at path %s: %w", verb, path, err)
		}
		m, err := p.method(path, verb, &op, shared)
		if err != nil {
			return fmt.Errorf("Unable to put method '%s' on resource at path '%s': %w", strings.ToUpper(verb), path, err)
		}
		p.Methods = append(p.Methods, m)
	}
	return nil
}
