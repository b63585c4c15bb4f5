package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/patch"
)

// UpdateAuthorizer changes an authorizer.
//
// Spec: API Gateway API Reference, UpdateAuthorizer, PatchOperation.
func (s *Service) UpdateAuthorizer(ctx context.Context, in *api.UpdateAuthorizerInput) (*api.UpdateAuthorizerOutput, error) {
	return alter(ctx, s, authorizers(), func(tx *kv.Tx, at service.Home, a *api.Authorizer) error {
		rules := patch.Rules{
			patch.Only("/authorizerUri", &a.AuthorizerUri), patch.Only("/authorizerCredentials", &a.AuthorizerCredentials),
			patch.Int("/authorizerResultTtlInSeconds", func(n int32) { a.AuthorizerResultTtlInSeconds = &n }),
			patch.Only("/authType", &a.AuthType), patch.Text("/identitySource", &a.IdentitySource).Added(),
			patch.Only("/identityValidationExpression", &a.IdentityValidationExpression),
			patch.Only("/name", &a.Name), patch.Values("/providerARNs", &a.ProviderARNs), patch.Only("/type", &a.Type),
		}
		if err := rules.Apply(in.PatchOperations); err != nil {
			return err
		}
		return putAuthorizer(tx, at, in.RestApiId, a)
	}, in.RestApiId, in.AuthorizerId)
}
