package apigatewayv2

import (
	"context"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// UpdateAuthorizer changes an authorizer. Its type stays as it is.
//
// Spec: API Gateway V2 API Reference, UpdateAuthorizer.
func (s *Service) UpdateAuthorizer(ctx context.Context, in *api.UpdateAuthorizerInput) (*api.UpdateAuthorizerOutput, error) {
	var a api.Authorizer
	err := s.change(ctx, in.ApiId, routing, func(tx *kv.Tx, h service.Home, _ *apiRecord) (err error) {
		if a, err = authorizers().Need(tx, h, in.ApiId, in.AuthorizerId); err != nil {
			return err
		}
		if in.AuthorizerType != nil && *in.AuthorizerType != *a.AuthorizerType {
			return badRequest("The type of an authorizer cannot be changed")
		}
		set(&a.AuthorizerCredentialsArn, in.AuthorizerCredentialsArn)
		set(&a.AuthorizerResultTtlInSeconds, in.AuthorizerResultTtlInSeconds)
		set(&a.AuthorizerUri, in.AuthorizerUri)
		set(&a.IdentityValidationExpression, in.IdentityValidationExpression)
		set(&a.JwtConfiguration, in.JwtConfiguration)
		set(&a.AuthorizerPayloadFormatVersion, in.AuthorizerPayloadFormatVersion)
		set(&a.EnableSimpleResponses, in.EnableSimpleResponses)
		if in.IdentitySource != nil {
			a.IdentitySource = in.IdentitySource
		}
		if in.Name != nil {
			a.Name = *in.Name
		}
		return putAuthorizer(tx, h, in.ApiId, &a)
	})
	if err != nil {
		return nil, err
	}
	return (*api.UpdateAuthorizerOutput)(authorizerOutput(a)), nil
}
