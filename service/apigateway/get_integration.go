package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
)

// GetIntegration returns a method's integration with its responses.
//
// Spec: API Gateway API Reference, GetIntegration.
func (s *Service) GetIntegration(ctx context.Context, in *api.GetIntegrationInput) (*api.GetIntegrationOutput, error) {
	m, err := s.findMethod(ctx, of{in.RestApiId, in.ResourceId, in.HttpMethod})
	if err != nil {
		return nil, err
	}
	return integrationOf(&m)
}
