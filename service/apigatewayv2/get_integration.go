package apigatewayv2

import (
	"context"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// GetIntegration returns an integration.
//
// Spec: API Gateway V2 API Reference, GetIntegration.
func (s *Service) GetIntegration(ctx context.Context, in *api.GetIntegrationInput) (*api.GetIntegrationOutput, error) {
	i, err := find(ctx, s, integrations(), in.ApiId, in.IntegrationId)
	if err != nil {
		return nil, err
	}
	out := api.GetIntegrationOutput(i)
	return &out, nil
}

// GetIntegrations lists the integrations of an API.
//
// Spec: API Gateway V2 API Reference, GetIntegrations.
func (s *Service) GetIntegrations(ctx context.Context, in *api.GetIntegrationsInput) (*api.GetIntegrationsOutput, error) {
	p, err := newPaging(in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.GetIntegrationsOutput{}
	err = s.view(ctx, in.ApiId, func(tx *kv.Tx, h service.Home, _ *apiRecord) (err error) {
		out.Items, out.NextToken, err = page(tx, p, integrations(), h, in.ApiId)
		return err
	})
	return out, err
}
