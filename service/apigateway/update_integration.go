package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/method"
)

// UpdateIntegration changes what a method does.
//
// Spec: API Gateway API Reference, UpdateIntegration.
func (s *Service) UpdateIntegration(ctx context.Context, in *api.UpdateIntegrationInput) (out *api.UpdateIntegrationOutput, err error) {
	err = s.changeMethod(ctx, of{in.RestApiId, in.ResourceId, in.HttpMethod}, func(_ *kv.Tx, _ service.Home, m *api.Method) error {
		if out, err = integrationOf(m); err != nil {
			return err
		}
		return method.PatchIntegration(in.ResourceId, m, out, in.PatchOperations)
	})
	return out, err
}
