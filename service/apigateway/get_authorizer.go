package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
)

// GetAuthorizer returns an authorizer.
//
// Spec: API Gateway API Reference, GetAuthorizer.
func (s *Service) GetAuthorizer(ctx context.Context, in *api.GetAuthorizerInput) (*api.GetAuthorizerOutput, error) {
	a, err := find(ctx, s, authorizers(), in.RestApiId, in.AuthorizerId)
	return &a, err
}

// GetAuthorizers lists the authorizers of an API.
//
// Spec: API Gateway API Reference, GetAuthorizers.
func (s *Service) GetAuthorizers(ctx context.Context, in *api.GetAuthorizersInput) (out *api.GetAuthorizersOutput, err error) {
	out = &api.GetAuthorizersOutput{}
	out.Items, out.Position, err = listed(ctx, s, authorizers(), in.Limit, in.Position, in.RestApiId)
	return out, err
}
