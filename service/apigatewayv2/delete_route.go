package apigatewayv2

import (
	"context"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// DeleteRoute removes a route.
//
// Spec: API Gateway V2 API Reference, DeleteRoute.
func (s *Service) DeleteRoute(ctx context.Context, in *api.DeleteRouteInput) (*api.DeleteRouteOutput, error) {
	err := s.change(ctx, in.ApiId, routing, func(tx *kv.Tx, h service.Home, _ *apiRecord) error {
		r, err := routes().Need(tx, h, in.ApiId, in.RouteId)
		if err != nil {
			return err
		}
		if err := dropRouteKey(tx, h, in.ApiId, r.RouteKey); err != nil {
			return err
		}
		return routes().Delete(tx, h, in.ApiId, in.RouteId)
	})
	return &api.DeleteRouteOutput{}, err
}

// DeleteRouteRequestParameter is for WebSocket APIs: a route of an HTTP API has
// no request parameters.
//
// Spec: API Gateway V2 API Reference, DeleteRouteRequestParameter.
func (s *Service) DeleteRouteRequestParameter(ctx context.Context, in *api.DeleteRouteRequestParameterInput) (*api.DeleteRouteRequestParameterOutput, error) {
	if _, err := find(ctx, s, routes(), in.ApiId, in.RouteId); err != nil {
		return nil, err
	}
	return nil, &api.NotFoundException{Message: "Invalid request parameter key specified"}
}
