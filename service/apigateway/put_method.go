package apigateway

import (
	"context"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/apigateway/record"
	"maru.dev/maru/wire"
)

// PutMethod adds a method to a resource.
//
// Spec: API Gateway API Reference, PutMethod.
func (s *Service) PutMethod(ctx context.Context, in *api.PutMethodInput) (*api.PutMethodOutput, error) {
	m := api.Method{
		HttpMethod: &in.HttpMethod, AuthorizationType: new(strings.ToUpper(in.AuthorizationType)), AuthorizerId: in.AuthorizerId,
		ApiKeyRequired: new(wire.Value(in.ApiKeyRequired)), OperationName: in.OperationName, RequestParameters: in.RequestParameters,
		RequestModels: in.RequestModels, RequestValidatorId: in.RequestValidatorId, AuthorizationScopes: in.AuthorizationScopes,
	}
	o, at := of{in.RestApiId, in.ResourceId, in.HttpMethod}, record.Home(ctx)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, err := resources().Need(tx, at, o.api, o.resource); err != nil {
			return err
		}
		if err := checkMethod(tx, at, o.api, &m); err != nil {
			return err
		}
		if there, err := has(tx, at, methods(), o.api, o.resource, o.verb); err != nil || there {
			return or(err, conflict("Method already exists for this resource"))
		}
		return o.save(tx, at, &m)
	})
	return &m, err
}
