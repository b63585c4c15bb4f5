package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
)

// GetIntegrationResponse returns how an answer comes of what the integration
// returns.
//
// Spec: API Gateway API Reference, GetIntegrationResponse.
func (s *Service) GetIntegrationResponse(ctx context.Context, in *api.GetIntegrationResponseInput) (*api.GetIntegrationResponseOutput, error) {
	m, err := s.findMethod(ctx, of{in.RestApiId, in.ResourceId, in.HttpMethod})
	if err != nil {
		return nil, err
	}
	return integrationResponseOf(&m, in.StatusCode)
}
