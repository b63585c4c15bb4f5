package apigatewayv2

import (
	"context"
	"maps"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// UpdateIntegration changes an integration. Parameters are merged with those
// there are; an empty value removes one.
//
// Spec: API Gateway V2 API Reference, UpdateIntegration.
func (s *Service) UpdateIntegration(ctx context.Context, in *api.UpdateIntegrationInput) (*api.UpdateIntegrationOutput, error) {
	var i api.Integration
	err := s.change(ctx, in.ApiId, routing, func(tx *kv.Tx, h service.Home, _ *apiRecord) (err error) {
		if i, err = integrations().Need(tx, h, in.ApiId, in.IntegrationId); err != nil {
			return err
		}
		applyIntegration(&i, in)
		if err := checkIntegration(&i); err != nil {
			return err
		}
		return integrations().Put(tx, i, h, in.ApiId, in.IntegrationId)
	})
	if err != nil {
		return nil, err
	}
	out := api.UpdateIntegrationOutput(i)
	return &out, nil
}

// applyIntegration overwrites what in names.
func applyIntegration(i *api.Integration, in *api.UpdateIntegrationInput) {
	set(&i.ConnectionId, in.ConnectionId)
	set(&i.ConnectionType, in.ConnectionType)
	set(&i.ContentHandlingStrategy, in.ContentHandlingStrategy)
	set(&i.CredentialsArn, in.CredentialsArn)
	set(&i.Description, in.Description)
	set(&i.IntegrationMethod, in.IntegrationMethod)
	set(&i.IntegrationSubtype, in.IntegrationSubtype)
	set(&i.IntegrationType, in.IntegrationType)
	set(&i.IntegrationUri, in.IntegrationUri)
	set(&i.PassthroughBehavior, in.PassthroughBehavior)
	set(&i.PayloadFormatVersion, in.PayloadFormatVersion)
	set(&i.TemplateSelectionExpression, in.TemplateSelectionExpression)
	set(&i.TimeoutInMillis, in.TimeoutInMillis)
	set(&i.TlsConfig, (*api.TlsConfig)(in.TlsConfig))
	i.RequestParameters = merged(i.RequestParameters, in.RequestParameters)
	i.RequestTemplates = merged(i.RequestTemplates, in.RequestTemplates)
	for status, parameters := range in.ResponseParameters {
		if i.ResponseParameters == nil {
			i.ResponseParameters = map[string]map[string]string{}
		}
		i.ResponseParameters[status] = merged(i.ResponseParameters[status], parameters)
		if len(i.ResponseParameters[status]) == 0 {
			delete(i.ResponseParameters, status)
		}
	}
}

// merged is have with the entries of change, of which empty ones remove.
func merged(have, change map[string]string) map[string]string {
	if len(change) == 0 {
		return have
	}
	out := maps.Clone(have)
	if out == nil {
		out = map[string]string{}
	}
	for key, v := range change {
		if v == "" {
			delete(out, key)
		} else {
			out[key] = v
		}
	}
	return out
}
