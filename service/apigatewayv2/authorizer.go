package apigatewayv2

import (
	"net/url"
	"strings"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/gateway/plan"
	"maru.dev/maru/wire"
)

// The limits of authorizers.
const (
	maxAuthorizers       = 10
	maxAuthorizerTTL     = 3600
	defaultAuthorizerTTL = int32(300)
)

// authorizerOutput is an authorizer as an output.
func authorizerOutput(a api.Authorizer) *api.GetAuthorizerOutput {
	return &api.GetAuthorizerOutput{
		AuthorizerCredentialsArn: a.AuthorizerCredentialsArn, AuthorizerId: a.AuthorizerId,
		AuthorizerResultTtlInSeconds: a.AuthorizerResultTtlInSeconds, AuthorizerType: a.AuthorizerType, AuthorizerUri: a.AuthorizerUri,
		IdentitySource: a.IdentitySource, IdentityValidationExpression: a.IdentityValidationExpression,
		JwtConfiguration: a.JwtConfiguration, Name: &a.Name, AuthorizerPayloadFormatVersion: a.AuthorizerPayloadFormatVersion,
		EnableSimpleResponses: a.EnableSimpleResponses,
	}
}

// checkAuthorizer holds an authorizer against the rules for HTTP APIs.
func checkAuthorizer(a *api.Authorizer) error {
	if a.Name == "" || len(a.Name) > 128 {
		return badRequest("Name must be between 1 and 128 characters in length.")
	}
	if a.IdentityValidationExpression != nil {
		return badRequest("IdentityValidationExpression is not supported for HTTP APIs")
	}
	for _, source := range a.IdentitySource {
		if !plan.ValidIdentitySource(source) {
			return badRequest("Invalid identity source specified: %s", source)
		}
	}
	switch wire.Value(a.AuthorizerType) {
	case api.AuthorizerTypeJwt:
		return checkJWTAuthorizer(a)
	case api.AuthorizerTypeRequest:
		return checkRequestAuthorizer(a)
	default:
		return badRequest("Invalid AuthorizerType specified. Must be one of [JWT, REQUEST]")
	}
}

// checkJWTAuthorizer checks an authorizer that reads tokens.
func checkJWTAuthorizer(a *api.Authorizer) error {
	switch {
	case a.JwtConfiguration == nil || wire.Value(a.JwtConfiguration.Issuer) == "":
		return badRequest("Issuer is required for JWT authorizers")
	case len(a.JwtConfiguration.Audience) == 0:
		return badRequest("Audience is required for JWT authorizers")
	case len(a.IdentitySource) != 1:
		return badRequest("JWT authorizers need exactly one identity source")
	case a.AuthorizerUri != nil || a.AuthorizerCredentialsArn != nil || a.AuthorizerPayloadFormatVersion != nil || a.EnableSimpleResponses != nil || wire.Value(a.AuthorizerResultTtlInSeconds) != 0:
		return badRequest("AuthorizerUri, AuthorizerCredentialsArn, AuthorizerPayloadFormatVersion, EnableSimpleResponses and AuthorizerResultTtlInSeconds are only supported for REQUEST authorizers")
	}
	u, err := url.Parse(*a.JwtConfiguration.Issuer)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return badRequest("Invalid issuer: %s. Issuer must have a valid URL format", *a.JwtConfiguration.Issuer)
	}
	return nil
}

// checkRequestAuthorizer checks an authorizer that asks a function.
func checkRequestAuthorizer(a *api.Authorizer) error {
	ttl := wire.Value(a.AuthorizerResultTtlInSeconds)
	switch {
	case a.JwtConfiguration != nil:
		return badRequest("JwtConfiguration is only supported for JWT authorizers")
	case a.AuthorizerPayloadFormatVersion == nil:
		return badRequest("AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer")
	case *a.AuthorizerPayloadFormatVersion != "1.0" && *a.AuthorizerPayloadFormatVersion != "2.0":
		return badRequest("Invalid AuthorizerPayloadFormatVersion specified. Must be one of [1.0, 2.0]")
	case wire.Value(a.EnableSimpleResponses) && *a.AuthorizerPayloadFormatVersion == "1.0":
		return badRequest("EnableSimpleResponses is only supported for AuthorizerPayloadFormatVersion 2.0")
	case ttl < 0 || ttl > maxAuthorizerTTL:
		return badRequest("AuthorizerResultTtlInSeconds must be between 0 and 3600")
	case ttl > 0 && len(a.IdentitySource) == 0:
		return badRequest("Identity source is required when caching is enabled for REQUEST authorizers")
	case *a.AuthorizerPayloadFormatVersion == "1.0" && len(a.IdentitySource) == 0:
		return badRequest("Identity source is required for REQUEST authorizers with AuthorizerPayloadFormatVersion 1.0")
	}
	if _, ok := plan.FunctionARN(wire.Value(a.AuthorizerUri)); !ok || !strings.Contains(*a.AuthorizerUri, ":lambda:path/") {
		return badRequest("Invalid Authorizer URI: %s. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.", wire.Value(a.AuthorizerUri))
	}
	return nil
}
