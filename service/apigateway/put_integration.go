package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/service/apigateway/method"
)

// PutIntegration says what a method does. Another integration that it had goes,
// but for its responses.
//
// Spec: API Gateway API Reference, PutIntegration.
func (s *Service) PutIntegration(ctx context.Context, in *api.PutIntegrationInput) (*api.PutIntegrationOutput, error) {
	i := api.Integration{
		Type: &in.Type, HttpMethod: in.IntegrationHttpMethod, Uri: in.Uri, ConnectionType: in.ConnectionType, ConnectionId: in.ConnectionId,
		Credentials: in.Credentials, RequestParameters: in.RequestParameters, RequestTemplates: in.RequestTemplates,
		PassthroughBehavior: in.PassthroughBehavior, CacheNamespace: in.CacheNamespace, CacheKeyParameters: in.CacheKeyParameters,
		ContentHandling: in.ContentHandling, TimeoutInMillis: in.TimeoutInMillis, TlsConfig: in.TlsConfig,
		IntegrationTarget: in.IntegrationTarget, ResponseTransferMode: in.ResponseTransferMode,
	}
	method.Complete(&i, in.ResourceId)
	var out api.Integration
	err := s.changeMethod(ctx, in.RestApiId, in.ResourceId, in.HttpMethod, func(m *api.Method) error {
		out = i
		if old := m.MethodIntegration; old != nil {
			out.IntegrationResponses = old.IntegrationResponses
		}
		m.MethodIntegration = &out
		return nil
	})
	return &out, err
}
