package apigatewayv2

import (
	"context"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// GetRoute returns a route.
//
// Spec: API Gateway V2 API Reference, GetRoute.
func (s *Service) GetRoute(ctx context.Context, in *api.GetRouteInput) (*api.GetRouteOutput, error) {
	r, err := find(ctx, s, routes(), in.ApiId, in.RouteId)
	if err != nil {
		return nil, err
	}
	return routeOutput(r), nil
}

// GetRoutes lists the routes of an API.
//
// Spec: API Gateway V2 API Reference, GetRoutes.
func (s *Service) GetRoutes(ctx context.Context, in *api.GetRoutesInput) (*api.GetRoutesOutput, error) {
	p, err := newPaging(in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.GetRoutesOutput{}
	err = s.view(ctx, in.ApiId, func(tx *kv.Tx, h service.Home, _ *apiRecord) (err error) {
		out.Items, out.NextToken, err = page(tx, p, routes(), h, in.ApiId)
		return err
	})
	return out, err
}
