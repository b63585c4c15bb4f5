package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
)

// PutMethodResponse adds an answer that a method may give.
//
// Spec: API Gateway API Reference, PutMethodResponse.
func (s *Service) PutMethodResponse(ctx context.Context, in *api.PutMethodResponseInput) (*api.PutMethodResponseOutput, error) {
	r := api.MethodResponse{StatusCode: &in.StatusCode, ResponseParameters: in.ResponseParameters, ResponseModels: in.ResponseModels}
	err := s.changeMethod(ctx, in.RestApiId, in.ResourceId, in.HttpMethod, func(m *api.Method) error {
		if _, there := m.MethodResponses[in.StatusCode]; there {
			return conflict("Response already exists for this resource")
		}
		put(&m.MethodResponses, in.StatusCode, r)
		return nil
	})
	return &r, err
}

// put sets an entry of a map that may not be there yet.
func put[T any](in *map[string]T, name string, v T) {
	if *in == nil {
		*in = make(map[string]T)
	}
	(*in)[name] = v
}
