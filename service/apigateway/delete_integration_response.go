package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// DeleteIntegrationResponse forgets how an answer came of what the integration
// returned.
//
// Spec: API Gateway API Reference, DeleteIntegrationResponse.
func (s *Service) DeleteIntegrationResponse(ctx context.Context, in *api.DeleteIntegrationResponseInput) (*api.DeleteIntegrationResponseOutput, error) {
	err := s.changeMethod(ctx, of{in.RestApiId, in.ResourceId, in.HttpMethod}, func(_ *kv.Tx, _ service.Home, m *api.Method) error {
		if _, err := integrationResponseOf(m, in.StatusCode); err != nil {
			return err
		}
		delete(m.MethodIntegration.IntegrationResponses, in.StatusCode)
		return nil
	})
	return &api.DeleteIntegrationResponseOutput{}, err
}
