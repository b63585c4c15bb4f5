package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/patch"
)

// UpdateRequestValidator changes what a request validator checks.
//
// Spec: API Gateway API Reference, UpdateRequestValidator, PatchOperation.
func (s *Service) UpdateRequestValidator(ctx context.Context, in *api.UpdateRequestValidatorInput) (*api.UpdateRequestValidatorOutput, error) {
	return alter(ctx, s, validators(), func(tx *kv.Tx, at service.Home, v *api.RequestValidator) error {
		rules := patch.Rules{
			patch.Only("/name", &v.Name),
			patch.Bool("/validateRequestBody", func(on bool) { v.ValidateRequestBody = &on }),
			patch.Bool("/validateRequestParameters", func(on bool) { v.ValidateRequestParameters = &on }),
		}
		if err := rules.Apply(in.PatchOperations); err != nil {
			return err
		}
		return putValidator(tx, at, in.RestApiId, v)
	}, in.RestApiId, in.RequestValidatorId)
}
