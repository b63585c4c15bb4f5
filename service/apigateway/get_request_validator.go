package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
)

// GetRequestValidator returns a request validator.
//
// Spec: API Gateway API Reference, GetRequestValidator.
func (s *Service) GetRequestValidator(ctx context.Context, in *api.GetRequestValidatorInput) (*api.GetRequestValidatorOutput, error) {
	v, err := find(ctx, s, validators(), in.RestApiId, in.RequestValidatorId)
	return &v, err
}

// GetRequestValidators lists the request validators of an API.
//
// Spec: API Gateway API Reference, GetRequestValidators.
func (s *Service) GetRequestValidators(ctx context.Context, in *api.GetRequestValidatorsInput) (out *api.GetRequestValidatorsOutput, err error) {
	out = &api.GetRequestValidatorsOutput{}
	out.Items, out.Position, err = listed(ctx, s, validators(), in.Limit, in.Position, in.RestApiId)
	return out, err
}
