package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/method"
)

// PutIntegration says what a method does. Another integration that it had goes,
// with its responses.
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
	err := s.changeMethod(ctx, of{in.RestApiId, in.ResourceId, in.HttpMethod}, func(_ *kv.Tx, _ service.Home, m *api.Method) error {
		m.MethodIntegration = &i
		return method.CheckIntegration(m, &i)
	})
	return &i, err
}
