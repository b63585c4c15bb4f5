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

// object is a part of a document to be written.
type object = openapi.Object

// Form is how an API is to be written.
type Form struct {
	Swagger     bool // or OpenAPI 3
	YAML        bool // or JSON
	Host, Stage string
	// What is written besides the interface: where methods lead, how callers are
	// known, and all else that makes the document importable.
	Integrations, Authorizers, Gateway bool
}

// writer is a definition on its way to a document.
type writer struct {
	*Definition

	form Form
}

// Write writes an API as a document.
func Write(d *Definition, form Form) ([]byte, error) {
	w := &writer{Definition: d, form: form}
	doc := object{"info": object{}.With("title", d.API.Name).With("version", d.API.Version).With("description", d.API.Description), "paths": w.paths()}
	schemas, schemes := w.schemas(), w.schemes()
	if w.form.Swagger {
		doc["swagger"], doc["host"], doc["basePath"], doc["schemes"] = "2.0", w.form.Host, "/"+w.form.Stage, []string{"https"}
		doc.With("definitions", schemas).With("securityDefinitions", schemes)
	} else {
		doc["openapi"] = "3.0.1"
		doc["servers"] = []object{{
			"url": "https://" + w.form.Host + "/{basePath}", "variables": object{"basePath": object{"default": w.form.Stage}},
		}}
		doc["components"] = object{}.With("schemas", schemas).With("securitySchemes", schemes)
	}
	if w.form.Gateway {
		w.settings(doc)
	}
	return doc.Marshal(w.form.YAML)
}

// settings are the extensions about the API as a whole.
func (w *writer) settings(doc object) {
	doc.With(extKeySource, w.keySource()).With(extBinary, w.API.BinaryMediaTypes).With(extCompression, w.API.MinimumCompressionSize)
	var policy any
	if w.API.Policy != nil && json.Unmarshal([]byte(*w.API.Policy), &policy) == nil {
		doc[extPolicy] = policy
	}
	endpoint := object{}
	if d := w.API.DisableExecuteApiEndpoint; d != nil && *d {
		endpoint["disableExecuteApiEndpoint"] = true
	}
	if e := w.API.EndpointConfiguration; e != nil {
		endpoint.With("vpcEndpointIds", e.VpcEndpointIds)
	}
	doc.With(extEndpoint, endpoint)
	responses := object{}
	for _, r := range w.Responses {
		responses[*r.ResponseType] = object{}.With("statusCode", r.StatusCode).With("responseParameters", r.ResponseParameters).With("responseTemplates", r.ResponseTemplates)
	}
	validators := object{}
	for _, v := range w.Validators {
		validators[*v.Name] = object{}.With("validateRequestBody", v.ValidateRequestBody).With("validateRequestParameters", v.ValidateRequestParameters)
	}
	doc.With(extResponses, responses).With(extValidators, validators)
	var parts []object
	for _, p := range w.Parts {
		l := p.Location
		parts = append(parts, object{
			"location":   object{"type": l.Type}.With("path", l.Path).With("method", l.Method).With("statusCode", l.StatusCode).With("name", l.Name),
			"properties": json.RawMessage(*p.Properties),
		})
	}
	if parts != nil {
		doc[extDocumentation] = object{"documentationParts": parts}.With("version", w.API.Version)
	}
}

// keySource is where keys come from, if not from their header.
func (w *writer) keySource() *string {
	if s := w.API.ApiKeySource; s != nil && *s != api.ApiKeySourceTypeHeader {
		return s
	}
	return nil
}

// folder is where schemas refer to each other.
func (w *writer) folder() string {
	if w.form.Swagger {
		return "#/definitions/"
	}
	return "#/components/schemas/"
}

// modelAddress is what a model's schema writes to refer to another one.
var modelAddress = regexp.MustCompile(`"https://apigateway\.amazonaws\.com/restapis/[A-Za-z0-9]+/models/([A-Za-z0-9]+)"`)

// schemas are the models. One that is no JSON has no place in a document.
func (w *writer) schemas() object {
	out := object{}
	for _, m := range w.Models {
		if m.Schema == nil {
			continue
		}
		text := modelAddress.ReplaceAllString(*m.Schema, `"`+w.folder()+`$1"`)
		var schema any
		if err := json.Unmarshal([]byte(text), &schema); err != nil {
			continue
		}
		if s, ok := schema.(map[string]any); ok {
			delete(s, "$schema")
		}
		out[*m.Name] = schema
	}
	return out
}

// schemes are the authorizers, and the schemes of keys and signatures where a
// method asks for one.
func (w *writer) schemes() object {
	out := object{}
	for i := range w.Methods {
		m := &w.Methods[i]
		if m.ApiKeyRequired != nil && *m.ApiKeyRequired {
			out[keyScheme] = object{"type": "apiKey", "name": keyHeader, "in": "header"}
		}
		if *m.AuthorizationType == "AWS_IAM" {
			out[iamScheme] = object{"type": "apiKey", "name": "Authorization", "in": "header", extAuthType: sigV4}
		}
	}
	for _, a := range w.Authorizers {
		header := "Unused"
		if a.IdentitySource != nil && *a.Type != api.AuthorizerTypeRequest {
			header = (*a.IdentitySource)[strings.LastIndex(*a.IdentitySource, ".")+1:]
		}
		s := object{"type": "apiKey", "name": header, "in": "header"}.With(extAuthType, a.AuthType)
		if w.form.Authorizers || w.form.Gateway {
			x := object{"type": strings.ToLower(*a.Type)}.With("authorizerUri", a.AuthorizerUri).With("authorizerCredentials", a.AuthorizerCredentials).
				With("identityValidationExpression", a.IdentityValidationExpression).With("authorizerResultTtlInSeconds", a.AuthorizerResultTtlInSeconds).
				With("providerARNs", a.ProviderARNs)
			if *a.Type == api.AuthorizerTypeRequest {
				x.With("identitySource", a.IdentitySource)
			}
			s[extAuthorizer] = x
		}
		out[*a.Name] = s
	}
	return out
}

// paths are the methods.
func (w *writer) paths() object {
	out := object{}
	for i := range w.Methods {
		m := &w.Methods[i]
		item, ok := out[m.Path].(object)
		if !ok {
			item = object{}
			out[m.Path] = item
		}
		verb := strings.ToLower(*m.HttpMethod)
		if verb == "any" {
			verb = anyMethod
		}
		item[verb] = w.operation(m)
	}
	return out
}

// operation is one method.
func (w *writer) operation(m *Method) object {
	op := object{}.With("operationId", m.OperationName)
	var parameters []object
	for _, key := range slices.Sorted(maps.Keys(m.RequestParameters)) {
		place, name, _ := strings.Cut(strings.TrimPrefix(key, "method.request."), ".")
		if place == "querystring" {
			place = "query"
		}
		p := object{"name": name, "in": place, "required": m.RequestParameters[key] || place == "path"}
		if w.form.Swagger {
			p["type"] = "string"
		} else {
			p["schema"] = object{"type": "string"}
		}
		parameters = append(parameters, p)
	}
	types := slices.Sorted(maps.Keys(m.RequestModels))
	switch {
	case len(types) == 0:
	case w.form.Swagger:
		name := m.RequestModels[types[0]]
		op["consumes"] = types
		parameters = append(parameters, object{"in": "body", "name": name, "required": true, "schema": object{"$ref": w.folder() + name}})
	default:
		op["requestBody"] = object{"content": w.content(m.RequestModels), "required": true}
	}
	op.With("parameters", parameters)
	op["responses"] = w.answers(m, op)
	if security := m.requirements(); security != nil {
		op["security"] = security
	}
	if w.form.Gateway {
		op.With(extValidator, m.RequestValidatorId)
	}
	if m.MethodIntegration != nil && (w.form.Integrations || w.form.Gateway) {
		op[extIntegrate] = integrationObject(m.MethodIntegration)
	}
	return op
}

// content are bodies by content type.
func (w *writer) content(models map[string]string) object {
	out := object{}
	for t, name := range models {
		out[t] = object{"schema": object{"$ref": w.folder() + name}}
	}
	return out
}

// answers are a method's responses. Swagger has their content types beside them.
func (w *writer) answers(m *Method, op object) object {
	out := object{}
	produces := map[string]bool{}
	for _, code := range slices.Sorted(maps.Keys(m.MethodResponses)) {
		r := m.MethodResponses[code]
		headers := object{}
		for key := range r.ResponseParameters {
			h := object{"schema": object{"type": "string"}}
			if w.form.Swagger {
				h = object{"type": "string"}
			}
			headers[strings.TrimPrefix(key, "method.response.header.")] = h
		}
		answer := object{"description": fmt.Sprintf("%s response", code)}.With("headers", headers)
		types := slices.Sorted(maps.Keys(r.ResponseModels))
		if w.form.Swagger && len(types) > 0 {
			answer["schema"] = object{"$ref": w.folder() + r.ResponseModels[types[0]]}
			for _, t := range types {
				produces[t] = true
			}
		} else {
			answer.With("content", w.content(r.ResponseModels))
		}
		out[code] = answer
	}
	op.With("produces", slices.Sorted(maps.Keys(produces)))
	return out
}

// requirements are the schemes that a method asks for.
func (m *Method) requirements() []object {
	var list []object
	switch {
	case *m.AuthorizationType == "AWS_IAM":
		list = append(list, object{iamScheme: []string{}})
	case m.AuthorizerId != nil:
		list = append(list, object{*m.AuthorizerId: append([]string{}, m.AuthorizationScopes...)})
	}
	if m.ApiKeyRequired != nil && *m.ApiKeyRequired {
		list = append(list, object{keyScheme: []string{}})
	}
	return list
}

// integrationObject is an integration as the extension writes it.
func integrationObject(i *api.Integration) object {
	lower := func(s *string) string {
		if s == nil {
			return ""
		}
		return strings.ToLower(*s)
	}
	o := object{"type": lower(i.Type)}.With("httpMethod", i.HttpMethod).With("uri", i.Uri).With("credentials", i.Credentials).
		With("requestParameters", i.RequestParameters).With("requestTemplates", i.RequestTemplates).
		With("passthroughBehavior", lower(i.PassthroughBehavior)).With("contentHandling", i.ContentHandling).
		With("timeoutInMillis", i.TimeoutInMillis).With("cacheNamespace", i.CacheNamespace).With("cacheKeyParameters", i.CacheKeyParameters).
		With("connectionType", i.ConnectionType).With("connectionId", i.ConnectionId).With("integrationTarget", i.IntegrationTarget).
		With("responseTransferMode", i.ResponseTransferMode)
	if i.TlsConfig != nil {
		o["tlsConfig"] = object{}.With("insecureSkipVerification", i.TlsConfig.InsecureSkipVerification)
	}
	responses := object{}
	for code, r := range i.IntegrationResponses {
		pattern := "default"
		if r.SelectionPattern != nil && *r.SelectionPattern != "" {
			pattern = *r.SelectionPattern
		}
		responses[pattern] = object{"statusCode": code}.With("responseParameters", r.ResponseParameters).
			With("responseTemplates", r.ResponseTemplates).With("contentHandling", r.ContentHandling)
	}
	return o.With("responses", responses)
}
