package apigatewayv2

import (
	"context"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// DeleteIntegration removes an integration that no route leads to.
//
// Spec: API Gateway V2 API Reference, DeleteIntegration.
func (s *Service) DeleteIntegration(ctx context.Context, in *api.DeleteIntegrationInput) (*api.DeleteIntegrationOutput, error) {
	err := s.change(ctx, in.ApiId, routing, func(tx *kv.Tx, h service.Home, _ *apiRecord) error {
		if _, err := integrations().Need(tx, h, in.ApiId, in.IntegrationId); err != nil {
			return err
		}
		list, err := routes().All(tx, h, in.ApiId)
		if err != nil {
			return err
		}
		for _, r := range list {
			if wire.Value(r.Target) == targetPrefix+in.IntegrationId {
				return conflict("Cannot delete Integration '%s' as it is referenced by Route '%s'", in.IntegrationId, wire.Value(r.RouteId))
			}
		}
		return integrations().Delete(tx, h, in.ApiId, in.IntegrationId)
	})
	return &api.DeleteIntegrationOutput{}, err
}
