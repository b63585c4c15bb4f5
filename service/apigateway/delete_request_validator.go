package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// DeleteRequestValidator removes a request validator that no method has.
//
// Spec: API Gateway API Reference, DeleteRequestValidator.
func (s *Service) DeleteRequestValidator(ctx context.Context, in *api.DeleteRequestValidatorInput) (*api.DeleteRequestValidatorOutput, error) {
	err := s.change(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) error {
		if _, err := validators().Need(tx, at, in.RestApiId, in.RequestValidatorId); err != nil {
			return err
		}
		by, err := userOf(tx, at, in.RestApiId, func(m *api.Method) bool { return wire.Value(m.RequestValidatorId) == in.RequestValidatorId })
		switch {
		case err != nil:
			return err
		case by != "":
			return conflict("Cannot delete validator '%s', is referenced in method: %s", in.RequestValidatorId, by)
		}
		return validators().Delete(tx, at, in.RestApiId, in.RequestValidatorId)
	})
	return &api.DeleteRequestValidatorOutput{}, err
}
