package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// TestInvokeAuthorizer asks an authorizer about a request that is described.
//
// Spec: API Gateway API Reference, TestInvokeAuthorizer.
func (s *Service) TestInvokeAuthorizer(ctx context.Context, in *api.TestInvokeAuthorizerInput) (*api.TestInvokeAuthorizerOutput, error) {
	if s.tester == nil {
		return s.Unimplemented.TestInvokeAuthorizer(ctx, in)
	}
	p, err := s.draft(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home) error {
		_, err := authorizers().Need(tx, at, in.RestApiId, in.AuthorizerId)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.tester.TestAuthorizer(ctx, p, in)
}
