package apigatewayv2

import (
	"context"
	"strings"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigatewayv2/openapi"
	"maru.dev/maru/wire"
)

// ImportApi makes an API from an OpenAPI 3 document.
//
// Spec: API Gateway V2 API Reference, ImportApi.
func (s *Service) ImportApi(ctx context.Context, in *api.ImportApiInput) (*api.ImportApiOutput, error) {
	d, err := parseDocument(in.Body, in.Basepath, in.FailOnWarnings)
	if err != nil {
		return nil, err
	}
	h := homeOf(call.From(ctx))
	a := s.newAPI(d.Name)
	describe(&a.API, d)
	if err := checkAPI(&a.API); err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		if err := s.insert(tx, h, &a); err != nil {
			return err
		}
		return s.define(tx, h, *a.API.ApiId, d)
	})
	if err != nil {
		return nil, err
	}
	return (*api.ImportApiOutput)(apiOutput(s.shown(ctx, h, &a))), nil
}

// ReimportApi makes an API what a document says. Its stages stay.
//
// Spec: API Gateway V2 API Reference, ReimportApi.
func (s *Service) ReimportApi(ctx context.Context, in *api.ReimportApiInput) (out *api.ReimportApiOutput, err error) {
	d, err := parseDocument(in.Body, in.Basepath, in.FailOnWarnings)
	if err != nil {
		return nil, err
	}
	err = s.change(ctx, in.ApiId, routing, func(tx *kv.Tx, h service.Home, a *apiRecord) error {
		describe(&a.API, d)
		if err := checkAPI(&a.API); err != nil {
			return err
		}
		a.Managed = managed{}
		for _, p := range defined() {
			if err := p.Drop(tx, h, in.ApiId); err != nil {
				return err
			}
		}
		if err := s.define(tx, h, in.ApiId, d); err != nil {
			return err
		}
		out = (*api.ReimportApiOutput)(apiOutput(s.shown(ctx, h, a)))
		return nil
	})
	return out, err
}

// parseDocument reads a document, and refuses one with warnings when asked to.
func parseDocument(body string, basePath *string, failOnWarnings *bool) (*openapi.Definition, error) {
	d, err := openapi.Parse([]byte(body), wire.Value(basePath))
	if err != nil {
		return nil, badRequest("Invalid OpenAPI input. Errors: %s", err)
	}
	if wire.Value(failOnWarnings) && len(d.Warnings) > 0 {
		return nil, badRequest("Warnings found during import:\n\t%s", strings.Join(d.Warnings, "\n\t"))
	}
	return d, nil
}

// describe takes over what a document says of an API as a whole.
func describe(a *api.Api, d *openapi.Definition) {
	a.Name, a.CorsConfiguration, a.Warnings = d.Name, d.Cors, d.Warnings
	a.Description, a.Version = wire.Optional(d.Description), wire.Optional(d.Version)
	set(&a.DisableExecuteApiEndpoint, d.NoEndpoint)
	for key, v := range d.Tags {
		if a.Tags == nil {
			a.Tags = map[string]string{}
		}
		a.Tags[key] = v
	}
}

// define writes the authorizers, integrations and routes of a document into an
// API that has none.
func (s *Service) define(tx *kv.Tx, h service.Home, apiID string, d *openapi.Definition) error {
	ids := make(map[string]string)
	for _, a := range d.Authorizers {
		a.AuthorizerId = new(s.newID(6))
		ids[a.Name] = *a.AuthorizerId
		requestDefaults(&a)
		if err := putAuthorizer(tx, h, apiID, &a); err != nil {
			return err
		}
	}
	for _, r := range d.Routes {
		route := api.Route{
			RouteId: new(s.newID(7)), RouteKey: r.Key, ApiKeyRequired: new(false), OperationName: r.OperationName,
			AuthorizationType: &r.Authorization, AuthorizationScopes: r.Scopes,
		}
		if r.Authorizer != "" {
			route.AuthorizerId = new(ids[r.Authorizer])
		}
		if r.Integration != nil {
			i := *r.Integration
			i.IntegrationId = new(s.newID(7))
			withDefaults(&i)
			if err := checkIntegration(&i); err != nil {
				return err
			}
			if err := putIntegration(tx, h, apiID, &i); err != nil {
				return err
			}
			route.Target = new(targetPrefix + *i.IntegrationId)
		}
		if err := putRoute(tx, h, apiID, &route, ""); err != nil {
			return err
		}
	}
	return nil
}
