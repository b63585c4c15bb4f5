package apigatewayv2

import (
	"context"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// UpdateRoute changes a route.
//
// Spec: API Gateway V2 API Reference, UpdateRoute.
func (s *Service) UpdateRoute(ctx context.Context, in *api.UpdateRouteInput) (*api.UpdateRouteOutput, error) {
	var r api.Route
	err := s.change(ctx, in.ApiId, routing, func(tx *kv.Tx, h service.Home, _ *apiRecord) (err error) {
		if r, err = routes().Need(tx, h, in.ApiId, in.RouteId); err != nil {
			return err
		}
		old := r.RouteKey
		if in.RouteKey != nil {
			r.RouteKey = *in.RouteKey
		}
		set(&r.ApiKeyRequired, in.ApiKeyRequired)
		set(&r.AuthorizerId, in.AuthorizerId)
		set(&r.ModelSelectionExpression, in.ModelSelectionExpression)
		set(&r.OperationName, in.OperationName)
		set(&r.RouteResponseSelectionExpression, in.RouteResponseSelectionExpression)
		set(&r.Target, in.Target)
		if in.AuthorizationScopes != nil {
			r.AuthorizationScopes = in.AuthorizationScopes
		}
		if in.RequestModels != nil {
			r.RequestModels = in.RequestModels
		}
		if in.RequestParameters != nil {
			r.RequestParameters = in.RequestParameters
		}
		applyAuthorizationType(&r, in)
		return putRoute(tx, h, in.ApiId, &r, old)
	})
	if err != nil {
		return nil, err
	}
	return (*api.UpdateRouteOutput)(routeOutput(r)), nil
}

// applyAuthorizationType changes how a route's callers are known. What the old
// way needed and the new one does not know goes with it.
func applyAuthorizationType(r *api.Route, in *api.UpdateRouteInput) {
	if in.AuthorizationType == nil {
		return
	}
	r.AuthorizationType = in.AuthorizationType
	switch *in.AuthorizationType {
	case api.AuthorizationTypeNone, api.AuthorizationTypeAwsIam:
		if in.AuthorizerId == nil {
			r.AuthorizerId = nil
		}
		if in.AuthorizationScopes == nil {
			r.AuthorizationScopes = nil
		}
	}
}
