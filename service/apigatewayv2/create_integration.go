package apigatewayv2

import (
	"context"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// CreateIntegration adds what a route can lead to.
//
// Spec: API Gateway V2 API Reference, CreateIntegration.
func (s *Service) CreateIntegration(ctx context.Context, in *api.CreateIntegrationInput) (*api.CreateIntegrationOutput, error) {
	i := api.Integration{
		IntegrationId: new(s.newID(7)), ConnectionId: in.ConnectionId, ConnectionType: in.ConnectionType,
		ContentHandlingStrategy: in.ContentHandlingStrategy, CredentialsArn: in.CredentialsArn, Description: in.Description,
		IntegrationMethod: in.IntegrationMethod, IntegrationSubtype: in.IntegrationSubtype, IntegrationType: &in.IntegrationType,
		IntegrationUri: in.IntegrationUri, PassthroughBehavior: in.PassthroughBehavior, PayloadFormatVersion: in.PayloadFormatVersion,
		RequestParameters: in.RequestParameters, ResponseParameters: in.ResponseParameters, RequestTemplates: in.RequestTemplates,
		TemplateSelectionExpression: in.TemplateSelectionExpression, TimeoutInMillis: in.TimeoutInMillis,
		TlsConfig: (*api.TlsConfig)(in.TlsConfig),
	}
	withDefaults(&i)
	err := s.change(ctx, in.ApiId, routing, func(tx *kv.Tx, h service.Home, _ *apiRecord) error {
		if err := checkIntegration(&i); err != nil {
			return err
		}
		return putIntegration(tx, h, in.ApiId, &i)
	})
	if err != nil {
		return nil, err
	}
	out := api.CreateIntegrationOutput(i)
	return &out, nil
}
