package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// CreateRequestValidator names what is checked of the requests to the methods that
// will have it.
//
// Spec: API Gateway API Reference, CreateRequestValidator.
func (s *Service) CreateRequestValidator(ctx context.Context, in *api.CreateRequestValidatorInput) (*api.CreateRequestValidatorOutput, error) {
	v := api.RequestValidator{
		Id: new(s.newID(6)), Name: in.Name,
		ValidateRequestBody:       new(wire.Value(in.ValidateRequestBody)),
		ValidateRequestParameters: new(wire.Value(in.ValidateRequestParameters)),
	}
	err := s.change(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) error {
		return putValidator(tx, at, in.RestApiId, &v)
	})
	if err != nil {
		return nil, err
	}
	return &v, nil
}

// putValidator checks and writes a request validator.
func putValidator(tx *kv.Tx, at service.Home, apiID string, v *api.RequestValidator) error {
	if len(wire.Value(v.Name)) > 128 {
		return badRequest("Request Validator name must be at most 128 characters in length")
	}
	return validators().Put(tx, *v, at, apiID, *v.Id)
}
