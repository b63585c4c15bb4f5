package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// PutMethodResponse adds an answer that a method may give.
//
// Spec: API Gateway API Reference, PutMethodResponse.
func (s *Service) PutMethodResponse(ctx context.Context, in *api.PutMethodResponseInput) (*api.PutMethodResponseOutput, error) {
	r := api.MethodResponse{StatusCode: &in.StatusCode, ResponseParameters: in.ResponseParameters, ResponseModels: in.ResponseModels}
	err := s.changeMethod(ctx, of{in.RestApiId, in.ResourceId, in.HttpMethod}, func(tx *kv.Tx, at service.Home, m *api.Method) error {
		if _, there := m.MethodResponses[in.StatusCode]; there {
			return conflict("Response already exists for this resource")
		}
		put(&m.MethodResponses, in.StatusCode, r)
		return checkResponse(tx, at, in.RestApiId, &r)
	})
	return &r, err
}
