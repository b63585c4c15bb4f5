package apigatewayv2

import (
	"context"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/kv"
)

// DeleteIntegration removes an integration that no route leads to.
//
// Spec: API Gateway V2 API Reference, DeleteIntegration.
func (s *Service) DeleteIntegration(ctx context.Context, in *api.DeleteIntegrationInput) (*api.DeleteIntegrationOutput, error) {
	err := s.change(ctx, in.ApiId, routing, func(tx *kv.Tx, h home, _ *apiRecord) error {
		if _, err := integrations.need(tx, h, in.ApiId, in.IntegrationId); err != nil {
			return err
		}
		list, err := routes.all(tx, h, in.ApiId)
		if err != nil {
			return err
		}
		for _, r := range list {
			if value(r.Target) == targetPrefix+in.IntegrationId {
				return conflict("Cannot delete Integration '%s' as it is referenced by Route '%s'", in.IntegrationId, value(r.RouteId))
			}
		}
		return tx.Delete(integrations.key(h, in.ApiId, in.IntegrationId))
	})
	return &api.DeleteIntegrationOutput{}, err
}
