package apigatewayv2

import (
	"context"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// GetAuthorizer returns an authorizer.
//
// Spec: API Gateway V2 API Reference, GetAuthorizer.
func (s *Service) GetAuthorizer(ctx context.Context, in *api.GetAuthorizerInput) (*api.GetAuthorizerOutput, error) {
	a, err := find(ctx, s, authorizers(), in.ApiId, in.AuthorizerId)
	if err != nil {
		return nil, err
	}
	return authorizerOutput(a), nil
}

// GetAuthorizers lists the authorizers of an API.
//
// Spec: API Gateway V2 API Reference, GetAuthorizers.
func (s *Service) GetAuthorizers(ctx context.Context, in *api.GetAuthorizersInput) (*api.GetAuthorizersOutput, error) {
	p, err := newPaging(in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.GetAuthorizersOutput{}
	err = s.view(ctx, in.ApiId, func(tx *kv.Tx, h service.Home, _ *apiRecord) (err error) {
		out.Items, out.NextToken, err = page(tx, p, authorizers(), h, in.ApiId)
		return err
	})
	return out, err
}
