package apigateway

import (
	"context"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/apigateway/openapi"
	"maru.dev/maru/service/apigateway/record"
	"maru.dev/maru/wire"
)

// ImportRestApi makes an API from a Swagger or OpenAPI document.
//
// Spec: API Gateway API Reference, ImportRestApi; Developer Guide, "Develop REST
// APIs using OpenAPI in API Gateway".
func (s *Service) ImportRestApi(ctx context.Context, in *api.ImportRestApiInput) (*api.ImportRestApiOutput, error) {
	at := record.Home(ctx)
	fresh, modelIDs := s.newAPI(""), [2]string{s.newID(6), s.newID(6)}
	def, err := s.readDefinition(in.Body, *fresh.API.Id, in.Parameters, in.FailOnWarnings)
	if err != nil {
		return nil, err
	}
	if def.API.Name == nil {
		return nil, badRequest("Invalid OpenAPI input: info.title is required")
	}
	var a apiRecord
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		a = *fresh
		def.describe(&a.API, true)
		if err := insertAPI(tx, at, &a, modelIDs); err != nil {
			return imported("Unable to create the API", err)
		}
		return s.define(tx, at, &a.API, def, api.PutModeMerge) // over what every API begins with
	})
	if err != nil {
		return nil, err
	}
	return shown(&a.API), nil
}

// definition is a document with how it is to be imported.
type definition struct {
	*openapi.Definition

	parts         []api.DocumentationPart
	documentation bool    // parts are to be imported
	endpoint      *string // the API's type
}

// readDefinition reads a document, and refuses one with warnings when asked to.
func (s *Service) readDefinition(body []byte, apiID string, parameters map[string]string, failOnWarnings *bool) (*definition, error) {
	doc, err := openapi.Parse(body, apiID, parameters["basepath"])
	if err != nil {
		return nil, badRequest("Errors found during import:\n\t%s", err)
	}
	d := &definition{Definition: doc, documentation: parameters["ignore"] != "documentation"}
	if d.documentation {
		parts, warnings, err := s.readDocumentation(body)
		if err != nil {
			return nil, err
		}
		d.parts, d.Warnings = parts, append(d.Warnings, warnings...)
	}
	if kind := parameters["endpointConfigurationTypes"]; kind != "" {
		d.endpoint = new(strings.ToUpper(kind))
	}
	if v := parameters["disableExecuteApiEndpoint"]; v != "" {
		d.API.DisableExecuteApiEndpoint = new(strings.EqualFold(v, "true"))
	}
	if wire.Value(failOnWarnings) && len(d.Warnings) > 0 {
		return nil, badRequest("Warnings found during import:\n\t%s", strings.Join(d.Warnings, "\n\t"))
	}
	return d, nil
}

// describe takes over what a document says of an API as a whole. What is said
// nowhere is dropped, where the document is to be the whole of it; its name, its
// endpoint and its tags stay.
func (d *definition) describe(a *api.RestApi, whole bool) {
	from := &d.API
	if whole {
		a.Description, a.Version, a.BinaryMediaTypes, a.MinimumCompressionSize, a.Policy = nil, nil, nil, nil, nil
		a.ApiKeySource = new(api.ApiKeySourceTypeHeader)
	}
	set(&a.Name, from.Name)
	set(&a.Description, from.Description)
	set(&a.Version, from.Version)
	set(&a.MinimumCompressionSize, from.MinimumCompressionSize)
	set(&a.Policy, from.Policy)
	set(&a.ApiKeySource, from.ApiKeySource)
	set(&a.DisableExecuteApiEndpoint, from.DisableExecuteApiEndpoint)
	for _, t := range from.BinaryMediaTypes {
		a.BinaryMediaTypes = with(a.BinaryMediaTypes, t)
	}
	d.place(a)
	for key, v := range from.Tags {
		put(&a.Tags, key, v)
	}
	a.Warnings = d.Warnings
}

// place says by what way the API is reached.
func (d *definition) place(a *api.RestApi) {
	if d.endpoint == nil && d.API.EndpointConfiguration == nil {
		return
	}
	e := api.EndpointConfiguration{Types: []string{api.EndpointTypeEdge}}
	if a.EndpointConfiguration != nil {
		e = *a.EndpointConfiguration
	}
	if d.endpoint != nil {
		e.Types = []string{*d.endpoint}
	}
	if from := d.API.EndpointConfiguration; from != nil {
		if from.VpcEndpointIds != nil {
			e.VpcEndpointIds = from.VpcEndpointIds
		}
		set(&e.IpAddressType, from.IpAddressType)
	}
	a.EndpointConfiguration = &e
}
