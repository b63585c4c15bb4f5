package apigatewayv2

import (
	"context"
	"strings"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// UpdateApi changes the settings of an API, and of what quick create made.
//
// Spec: API Gateway V2 API Reference, UpdateApi.
func (s *Service) UpdateApi(ctx context.Context, in *api.UpdateApiInput) (out *api.UpdateApiOutput, err error) {
	err = s.change(ctx, in.ApiId, routing, func(tx *kv.Tx, h service.Home, a *apiRecord) error {
		set(&a.API.CorsConfiguration, in.CorsConfiguration)
		set(&a.API.Description, in.Description)
		set(&a.API.Version, in.Version)
		set(&a.API.DisableSchemaValidation, in.DisableSchemaValidation)
		set(&a.API.ApiKeySelectionExpression, in.ApiKeySelectionExpression)
		set(&a.API.DisableExecuteApiEndpoint, in.DisableExecuteApiEndpoint)
		set(&a.API.IpAddressType, in.IpAddressType)
		if in.Name != nil {
			a.API.Name = *in.Name
		}
		if in.RouteSelectionExpression != nil {
			a.API.RouteSelectionExpression = *in.RouteSelectionExpression
		}
		if err := checkAPI(&a.API); err != nil {
			return err
		}
		if err := updateManaged(tx, h, a, in); err != nil {
			return err
		}
		out = (*api.UpdateApiOutput)(apiOutput(s.shown(ctx, h, a)))
		return nil
	})
	return out, err
}

// updateManaged changes the route and the integration that quick create made.
func updateManaged(tx *kv.Tx, h service.Home, a *apiRecord, in *api.UpdateApiInput) error {
	if in.Target == nil && in.RouteKey == nil && in.CredentialsArn == nil {
		return nil
	}
	if a.Managed.Integration == "" {
		return badRequest("Target, RouteKey and CredentialsArn can only be updated for APIs that were created with quick create")
	}
	if in.RouteKey != nil {
		route, err := routes().Need(tx, h, in.ApiId, a.Managed.Route)
		if err != nil {
			return err
		}
		old := route.RouteKey
		route.RouteKey = *in.RouteKey
		if err := putRoute(tx, h, in.ApiId, &route, old); err != nil {
			return err
		}
	}
	i, err := integrations().Need(tx, h, in.ApiId, a.Managed.Integration)
	if err != nil {
		return err
	}
	if in.Target != nil {
		isFunction := *i.IntegrationType == api.IntegrationTypeAwsProxy
		if isFunction != strings.HasPrefix(*in.Target, "arn:") {
			return badRequest("The type of a quick create target cannot be changed")
		}
		i.IntegrationUri = in.Target
	}
	set(&i.CredentialsArn, in.CredentialsArn)
	if err := checkIntegration(&i); err != nil {
		return err
	}
	return integrations().Put(tx, i, h, in.ApiId, a.Managed.Integration)
}
