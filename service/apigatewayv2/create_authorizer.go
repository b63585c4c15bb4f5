package apigatewayv2

import (
	"context"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// CreateAuthorizer adds a way to know the callers of routes.
//
// Spec: API Gateway V2 API Reference, CreateAuthorizer.
func (s *Service) CreateAuthorizer(ctx context.Context, in *api.CreateAuthorizerInput) (*api.CreateAuthorizerOutput, error) {
	a := api.Authorizer{
		AuthorizerId: new(s.newID(6)), AuthorizerCredentialsArn: in.AuthorizerCredentialsArn,
		AuthorizerResultTtlInSeconds: in.AuthorizerResultTtlInSeconds, AuthorizerType: &in.AuthorizerType, AuthorizerUri: in.AuthorizerUri,
		IdentitySource: in.IdentitySource, IdentityValidationExpression: in.IdentityValidationExpression,
		JwtConfiguration: in.JwtConfiguration, Name: in.Name, AuthorizerPayloadFormatVersion: in.AuthorizerPayloadFormatVersion,
		EnableSimpleResponses: in.EnableSimpleResponses,
	}
	requestDefaults(&a)
	err := s.change(ctx, in.ApiId, routing, func(tx *kv.Tx, h service.Home, _ *apiRecord) error {
		return putAuthorizer(tx, h, in.ApiId, &a)
	})
	if err != nil {
		return nil, err
	}
	return (*api.CreateAuthorizerOutput)(authorizerOutput(a)), nil
}

// requestDefaults fills in what an authorizer that asks a function leaves open.
func requestDefaults(a *api.Authorizer) {
	if wire.Value(a.AuthorizerType) != api.AuthorizerTypeRequest {
		return
	}
	if a.EnableSimpleResponses == nil {
		a.EnableSimpleResponses = new(false)
	}
	if a.AuthorizerResultTtlInSeconds == nil {
		a.AuthorizerResultTtlInSeconds = new(int32(0))
		if len(a.IdentitySource) > 0 {
			a.AuthorizerResultTtlInSeconds = new(defaultAuthorizerTTL)
		}
	}
}

// putAuthorizer checks and writes an authorizer, whose name must be its own.
func putAuthorizer(tx *kv.Tx, h service.Home, apiID string, a *api.Authorizer) error {
	if err := checkAuthorizer(a); err != nil {
		return err
	}
	list, err := authorizers().All(tx, h, apiID)
	if err != nil {
		return err
	}
	isNew := true
	for _, other := range list {
		same := *other.AuthorizerId == *a.AuthorizerId
		if same {
			isNew = false
		} else if other.Name == a.Name {
			return badRequest("Authorizer name must be unique. Authorizer %s already exists in this RestApi.", a.Name)
		}
	}
	if isNew && len(list) >= maxAuthorizers {
		return &api.TooManyRequestsException{Message: "Maximum number of Authorizers for this API has been reached", LimitType: new("AUTHORIZERS_PER_API")}
	}
	return authorizers().Put(tx, *a, h, apiID, *a.AuthorizerId)
}
