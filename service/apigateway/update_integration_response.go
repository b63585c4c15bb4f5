package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/method"
)

// UpdateIntegrationResponse changes how an answer comes of what the integration
// returns.
//
// Spec: API Gateway API Reference, UpdateIntegrationResponse.
func (s *Service) UpdateIntegrationResponse(ctx context.Context, in *api.UpdateIntegrationResponseInput) (out *api.UpdateIntegrationResponseOutput, err error) {
	err = s.changeMethod(ctx, of{in.RestApiId, in.ResourceId, in.HttpMethod}, func(_ *kv.Tx, _ service.Home, m *api.Method) error {
		if out, err = integrationResponseOf(m, in.StatusCode); err != nil {
			return err
		}
		if err := method.PatchIntegrationResponse(m, out, in.PatchOperations); err != nil {
			return err
		}
		m.MethodIntegration.IntegrationResponses[in.StatusCode] = *out
		return nil
	})
	return out, err
}
