package apigatewayv2

import (
	"fmt"
	"strings"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/gateway/plan"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// targetPrefix begins the target of a route; an integration's id follows.
const targetPrefix = "integrations/"

// maxRoutes is how many routes an API has.
const maxRoutes = 300

// routeOutput is a route as an output.
func routeOutput(r api.Route) *api.GetRouteOutput {
	return &api.GetRouteOutput{
		ApiGatewayManaged: r.ApiGatewayManaged, ApiKeyRequired: r.ApiKeyRequired, AuthorizationScopes: r.AuthorizationScopes,
		AuthorizationType: r.AuthorizationType, AuthorizerId: r.AuthorizerId, ModelSelectionExpression: r.ModelSelectionExpression,
		OperationName: r.OperationName, RequestModels: r.RequestModels, RequestParameters: r.RequestParameters, RouteId: r.RouteId,
		RouteKey: &r.RouteKey, RouteResponseSelectionExpression: r.RouteResponseSelectionExpression, Target: r.Target,
	}
}

// checkRoute holds a route against the rules for HTTP APIs, and what it names
// against what there is.
func checkRoute(tx *kv.Tx, h service.Home, apiID string, r *api.Route) error {
	switch {
	case wire.Value(r.ApiKeyRequired):
		return badRequest("ApiKeyRequired is not currently supported for HTTP APIs")
	case r.ModelSelectionExpression != nil:
		return badRequest("ModelSelectionExpression is not supported for HTTP APIs")
	case len(r.RequestModels) > 0:
		return badRequest("RequestModels is not supported for HTTP APIs")
	case len(r.RequestParameters) > 0:
		return badRequest("RequestParameters is not supported for HTTP APIs")
	case r.RouteResponseSelectionExpression != nil:
		return badRequest("RouteResponseSelectionExpression is not supported for HTTP APIs")
	case len(wire.Value(r.OperationName)) > 64:
		return badRequest("OperationName must be between 1 and 64 characters in length.")
	}
	if r.Target != nil && *r.Target != "" {
		id, ok := strings.CutPrefix(*r.Target, targetPrefix)
		if !ok {
			return badRequest("Invalid target specified: it must be integrations/<integration-id>")
		}
		if _, ok, err := integrations().Get(tx, h, apiID, id); err != nil {
			return err
		} else if !ok {
			return integrations().Missing(h, id)
		}
	}
	return checkAuthorization(tx, h, apiID, r)
}

// checkAuthorization checks who may use a route.
func checkAuthorization(tx *kv.Tx, h service.Home, apiID string, r *api.Route) error {
	kind := wire.Value(r.AuthorizationType)
	if len(r.AuthorizationScopes) > 0 && kind != api.AuthorizationTypeJwt {
		return badRequest("AuthorizationScopes can only be specified for routes with AuthorizationType JWT")
	}
	var want string
	switch kind {
	case api.AuthorizationTypeNone, api.AuthorizationTypeAwsIam:
		if wire.Value(r.AuthorizerId) != "" {
			return badRequest("AuthorizerId cannot be specified for routes with AuthorizationType %s", kind)
		}
		return nil
	case api.AuthorizationTypeJwt:
		want = api.AuthorizerTypeJwt
	case api.AuthorizationTypeCustom:
		want = api.AuthorizerTypeRequest
	default:
		return badRequest("Invalid AuthorizationType specified. Must be one of [NONE, AWS_IAM, JWT, CUSTOM]")
	}
	if wire.Value(r.AuthorizerId) == "" {
		return badRequest("AuthorizerId must be specified for routes with AuthorizationType %s", kind)
	}
	a, ok, err := authorizers().Get(tx, h, apiID, *r.AuthorizerId)
	switch {
	case err != nil:
		return err
	case !ok:
		return authorizers().Missing(h, *r.AuthorizerId)
	case wire.Value(a.AuthorizerType) != want:
		return badRequest("Authorizer %s is of type %s, which does not fit AuthorizationType %s", *r.AuthorizerId, wire.Value(a.AuthorizerType), kind)
	}
	return nil
}

// putRoute checks a route and writes it under its key. old is the key that it
// had before; empty for a new one.
func putRoute(tx *kv.Tx, h service.Home, apiID string, r *api.Route, old string) error {
	key, err := plan.ParseRouteKey(r.RouteKey)
	if err != nil {
		return badRequest("%s", err)
	}
	if err := checkRoute(tx, h, apiID, r); err != nil {
		return err
	}
	if old == "" {
		n, err := routes().Count(tx, h, apiID)
		if err != nil {
			return err
		}
		if n >= maxRoutes {
			return &api.TooManyRequestsException{Message: "Maximum number of Routes for this API has been reached", LimitType: new("ROUTES_PER_API")}
		}
	} else if err := dropRouteKey(tx, h, apiID, old); err != nil {
		return err
	}
	if _, taken, err := routeIDs().Get(tx, h, apiID, key.Shape()); err != nil {
		return err
	} else if taken {
		return conflict("Route with key %s already exists for this API", r.RouteKey)
	}
	if err := routeIDs().Put(tx, *r.RouteId, h, apiID, key.Shape()); err != nil {
		return err
	}
	return routes().Put(tx, *r, h, apiID, *r.RouteId)
}

// dropRouteKey frees a route's key.
func dropRouteKey(tx *kv.Tx, h service.Home, apiID, key string) error {
	k, err := plan.ParseRouteKey(key)
	if err != nil {
		return fmt.Errorf("stored route key: %w", err)
	}
	return routeIDs().Delete(tx, h, apiID, k.Shape())
}
