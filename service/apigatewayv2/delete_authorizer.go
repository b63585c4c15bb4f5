package apigatewayv2

import (
	"context"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// DeleteAuthorizer removes an authorizer that no route asks.
//
// Spec: API Gateway V2 API Reference, DeleteAuthorizer.
func (s *Service) DeleteAuthorizer(ctx context.Context, in *api.DeleteAuthorizerInput) (*api.DeleteAuthorizerOutput, error) {
	err := s.change(ctx, in.ApiId, routing, func(tx *kv.Tx, h service.Home, _ *apiRecord) error {
		if _, err := authorizers().Need(tx, h, in.ApiId, in.AuthorizerId); err != nil {
			return err
		}
		list, err := routes().All(tx, h, in.ApiId)
		if err != nil {
			return err
		}
		for _, r := range list {
			if wire.Value(r.AuthorizerId) == in.AuthorizerId {
				return conflict("Cannot delete authorizer '%s', is referenced by route '%s'", in.AuthorizerId, wire.Value(r.RouteId))
			}
		}
		return authorizers().Delete(tx, h, in.ApiId, in.AuthorizerId)
	})
	return &api.DeleteAuthorizerOutput{}, err
}
