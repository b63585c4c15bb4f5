package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
)

// PutIntegrationResponse says which of a method's answers comes of what the
// integration returns, and how.
//
// Spec: API Gateway API Reference, PutIntegrationResponse.
func (s *Service) PutIntegrationResponse(ctx context.Context, in *api.PutIntegrationResponseInput) (*api.PutIntegrationResponseOutput, error) {
	r := api.IntegrationResponse{
		StatusCode: &in.StatusCode, SelectionPattern: in.SelectionPattern, ResponseParameters: in.ResponseParameters,
		ResponseTemplates: in.ResponseTemplates, ContentHandling: in.ContentHandling,
	}
	err := s.changeMethod(ctx, in.RestApiId, in.ResourceId, in.HttpMethod, func(m *api.Method) error {
		if m.MethodIntegration == nil {
			return errNoIntegration()
		}
		if _, there := m.MethodResponses[in.StatusCode]; !there {
			return errNoResponse()
		}
		put(&m.MethodIntegration.IntegrationResponses, in.StatusCode, r)
		return nil
	})
	return &r, err
}

// errNoIntegration is the answer where a method has no integration.
func errNoIntegration() error { return notFound("Invalid Integration identifier specified") }

// errNoResponse is the answer where a method or an integration has no response
// of a status code.
func errNoResponse() error { return notFound("Invalid Response status code specified") }
