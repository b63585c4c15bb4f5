package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
)

// GetMethod returns a method with its responses and its integration.
//
// Spec: API Gateway API Reference, GetMethod.
func (s *Service) GetMethod(ctx context.Context, in *api.GetMethodInput) (*api.GetMethodOutput, error) {
	m, err := s.findMethod(ctx, of{in.RestApiId, in.ResourceId, in.HttpMethod})
	return &m, err
}
