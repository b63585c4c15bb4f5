package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/method"
)

// PutIntegrationResponse says which of a method's answers comes of what the
// integration returns, and how. It overwrites what was said of that answer.
//
// Spec: API Gateway API Reference, PutIntegrationResponse.
func (s *Service) PutIntegrationResponse(ctx context.Context, in *api.PutIntegrationResponseInput) (*api.PutIntegrationResponseOutput, error) {
	r := api.IntegrationResponse{
		StatusCode: &in.StatusCode, SelectionPattern: in.SelectionPattern, ResponseParameters: in.ResponseParameters,
		ResponseTemplates: in.ResponseTemplates, ContentHandling: in.ContentHandling,
	}
	err := s.changeMethod(ctx, of{in.RestApiId, in.ResourceId, in.HttpMethod}, func(_ *kv.Tx, _ service.Home, m *api.Method) error {
		i, err := integrationOf(m)
		if err != nil {
			return err
		}
		put(&i.IntegrationResponses, in.StatusCode, r)
		return method.CheckIntegrationResponse(m, &r)
	})
	return &r, err
}
