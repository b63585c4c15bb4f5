package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// CreateRestApi makes an API with a root resource, and nothing to call.
//
// Spec: API Gateway API Reference, CreateRestApi.
func (s *Service) CreateRestApi(ctx context.Context, in *api.CreateRestApiInput) (*api.CreateRestApiOutput, error) {
	at := homeOf(call.From(ctx))
	a := s.newAPI(in.Name)
	a.API.Description, a.API.Version, a.API.Policy, a.API.Tags = in.Description, in.Version, in.Policy, in.Tags
	a.API.BinaryMediaTypes, a.API.MinimumCompressionSize = in.BinaryMediaTypes, in.MinimumCompressionSize
	a.API.EndpointAccessMode, a.API.SecurityPolicy = in.EndpointAccessMode, in.SecurityPolicy
	set(&a.API.ApiKeySource, in.ApiKeySource)
	set(&a.API.EndpointConfiguration, in.EndpointConfiguration)
	set(&a.API.DisableExecuteApiEndpoint, in.DisableExecuteApiEndpoint)
	if err := checkAPI(&a.API); err != nil {
		return nil, err
	}
	err := s.Store.Update(ctx, func(tx *kv.Tx) error { return insertAPI(tx, at, a) })
	return &a.API, err
}

// set overwrites a setting, if there is something to overwrite it with.
func set[T any](to **T, from *T) {
	if from != nil {
		*to = from
	}
}
