package apigatewayv2

import (
	"context"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// CreateRoute adds a route to an API.
//
// Spec: API Gateway V2 API Reference, CreateRoute.
func (s *Service) CreateRoute(ctx context.Context, in *api.CreateRouteInput) (*api.CreateRouteOutput, error) {
	r := api.Route{
		RouteId: new(s.newID(7)), RouteKey: in.RouteKey, ApiKeyRequired: new(wire.Value(in.ApiKeyRequired)), AuthorizationScopes: in.AuthorizationScopes,
		AuthorizationType: new(api.AuthorizationTypeNone), AuthorizerId: in.AuthorizerId, ModelSelectionExpression: in.ModelSelectionExpression,
		OperationName: in.OperationName, RequestModels: in.RequestModels, RequestParameters: in.RequestParameters,
		RouteResponseSelectionExpression: in.RouteResponseSelectionExpression, Target: in.Target,
	}
	set(&r.AuthorizationType, in.AuthorizationType)
	err := s.change(ctx, in.ApiId, routing, func(tx *kv.Tx, h service.Home, _ *apiRecord) error {
		return putRoute(tx, h, in.ApiId, &r, "")
	})
	if err != nil {
		return nil, err
	}
	return (*api.CreateRouteOutput)(routeOutput(r)), nil
}
