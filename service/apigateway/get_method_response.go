package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
)

// GetMethodResponse returns an answer that a method may give.
//
// Spec: API Gateway API Reference, GetMethodResponse.
func (s *Service) GetMethodResponse(ctx context.Context, in *api.GetMethodResponseInput) (*api.GetMethodResponseOutput, error) {
	m, err := s.findMethod(ctx, of{in.RestApiId, in.ResourceId, in.HttpMethod})
	if err != nil {
		return nil, err
	}
	return responseOf(&m, in.StatusCode)
}
