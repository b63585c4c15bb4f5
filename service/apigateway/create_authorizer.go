package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// CreateAuthorizer adds a way to know the callers of methods.
//
// Spec: API Gateway API Reference, CreateAuthorizer.
func (s *Service) CreateAuthorizer(ctx context.Context, in *api.CreateAuthorizerInput) (*api.CreateAuthorizerOutput, error) {
	a := &api.Authorizer{
		Id: new(s.newID(6)), Name: &in.Name, Type: &in.Type, ProviderARNs: in.ProviderARNs, AuthType: in.AuthType,
		AuthorizerUri: in.AuthorizerUri, AuthorizerCredentials: in.AuthorizerCredentials, IdentitySource: in.IdentitySource,
		IdentityValidationExpression: in.IdentityValidationExpression, AuthorizerResultTtlInSeconds: in.AuthorizerResultTtlInSeconds,
	}
	err := s.change(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) error {
		return putAuthorizer(tx, at, in.RestApiId, a)
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}
