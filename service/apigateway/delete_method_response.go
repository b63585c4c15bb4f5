package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// DeleteMethodResponse takes back an answer that a method might give.
//
// Spec: API Gateway API Reference, DeleteMethodResponse.
func (s *Service) DeleteMethodResponse(ctx context.Context, in *api.DeleteMethodResponseInput) (*api.DeleteMethodResponseOutput, error) {
	err := s.changeMethod(ctx, of{in.RestApiId, in.ResourceId, in.HttpMethod}, func(_ *kv.Tx, _ service.Home, m *api.Method) error {
		if _, err := responseOf(m, in.StatusCode); err != nil {
			return err
		}
		delete(m.MethodResponses, in.StatusCode)
		return nil
	})
	return &api.DeleteMethodResponseOutput{}, err
}
