package apigatewayv2

import (
	"context"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// CreateApi makes an API; with a target, one that works at once.
//
// Spec: API Gateway V2 API Reference, CreateApi.
func (s *Service) CreateApi(ctx context.Context, in *api.CreateApiInput) (*api.CreateApiOutput, error) {
	if err := checkProtocol(in.ProtocolType); err != nil {
		return nil, err
	}
	h := homeOf(call.From(ctx))
	a := s.newAPI(in.Name)
	a.API.CorsConfiguration, a.API.Description, a.API.Version = in.CorsConfiguration, in.Description, in.Version
	a.API.DisableSchemaValidation, a.API.Tags = in.DisableSchemaValidation, in.Tags
	set(&a.API.ApiKeySelectionExpression, in.ApiKeySelectionExpression)
	set(&a.API.DisableExecuteApiEndpoint, in.DisableExecuteApiEndpoint)
	set(&a.API.IpAddressType, in.IpAddressType)
	if in.RouteSelectionExpression != nil {
		a.API.RouteSelectionExpression = *in.RouteSelectionExpression
	}
	if err := checkAPI(&a.API); err != nil {
		return nil, err
	}
	if in.Target == nil && (in.RouteKey != nil || in.CredentialsArn != nil) {
		return nil, badRequest("Target must be specified when RouteKey or CredentialsArn is specified")
	}
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		made := a
		if in.Target != nil {
			if err := s.quickCreate(tx, h, &made, in); err != nil {
				return err
			}
		}
		return s.insert(tx, h, &made)
	})
	if err != nil {
		return nil, err
	}
	return (*api.CreateApiOutput)(apiOutput(s.shown(ctx, h, &a))), nil
}

// set overwrites a setting, if there is something to overwrite it with.
func set[T any](to **T, from *T) {
	if from != nil {
		*to = from
	}
}
