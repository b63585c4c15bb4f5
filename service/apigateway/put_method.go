package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// PutMethod adds a method to a resource.
//
// Spec: API Gateway API Reference, PutMethod.
func (s *Service) PutMethod(ctx context.Context, in *api.PutMethodInput) (*api.PutMethodOutput, error) {
	m := api.Method{
		HttpMethod: &in.HttpMethod, AuthorizationType: &in.AuthorizationType, AuthorizerId: in.AuthorizerId,
		ApiKeyRequired: new(value(in.ApiKeyRequired)), OperationName: in.OperationName, RequestParameters: in.RequestParameters,
		RequestModels: in.RequestModels, RequestValidatorId: in.RequestValidatorId, AuthorizationScopes: in.AuthorizationScopes,
	}
	err := s.change(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) error {
		if _, err := resources().Need(tx, at, in.RestApiId, in.ResourceId); err != nil {
			return err
		}
		if _, there, err := methods().Get(tx, at, in.RestApiId, in.ResourceId, in.HttpMethod); err != nil || there {
			return orConflict(err, "Method already exists for this resource")
		}
		return putMethod(tx, at, in.RestApiId, in.ResourceId, &m)
	})
	return &m, err
}

// orConflict is err or, where nothing failed, the conflict with what is there.
func orConflict(err error, message string) error {
	if err != nil {
		return err
	}
	return conflict("%s", message)
}
