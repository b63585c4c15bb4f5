package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// DeleteAuthorizer removes an authorizer that no method asks.
//
// Spec: API Gateway API Reference, DeleteAuthorizer.
func (s *Service) DeleteAuthorizer(ctx context.Context, in *api.DeleteAuthorizerInput) (*api.DeleteAuthorizerOutput, error) {
	err := s.change(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) error {
		if _, err := authorizers().Need(tx, at, in.RestApiId, in.AuthorizerId); err != nil {
			return err
		}
		by, err := userOf(tx, at, in.RestApiId, func(m *api.Method) bool { return wire.Value(m.AuthorizerId) == in.AuthorizerId })
		switch {
		case err != nil:
			return err
		case by != "":
			return conflict("Cannot delete authorizer '%s', is referenced in method: %s", in.AuthorizerId, by)
		}
		return authorizers().Delete(tx, at, in.RestApiId, in.AuthorizerId)
	})
	return &api.DeleteAuthorizerOutput{}, err
}
