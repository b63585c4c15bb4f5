package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// DeleteIntegration removes what a method does, with its responses.
//
// Spec: API Gateway API Reference, DeleteIntegration.
func (s *Service) DeleteIntegration(ctx context.Context, in *api.DeleteIntegrationInput) (*api.DeleteIntegrationOutput, error) {
	err := s.changeMethod(ctx, of{in.RestApiId, in.ResourceId, in.HttpMethod}, func(_ *kv.Tx, _ service.Home, m *api.Method) error {
		_, err := integrationOf(m)
		m.MethodIntegration = nil
		return err
	})
	return &api.DeleteIntegrationOutput{}, err
}
