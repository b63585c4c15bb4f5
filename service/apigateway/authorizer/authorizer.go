// Package authorizer has the rules for the authorizers of REST APIs.
package authorizer

import (
	"regexp"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/arn"
	"maru.dev/maru/gateway/plan"
	"maru.dev/maru/pattern/entire"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/wire"
)

// The limits of authorizers.
const (
	maxProviders = 1000
	maxTTL       = 3600 // seconds
	defaultTTL   = int32(300)
)

// The places that the identity of a caller may be told in: for those that have one
// token, and for those that look at the whole request.
var (
	tokenSource   = regexp.MustCompile(`^method\.request\.header\.[!#$%&'*+.^_|~0-9A-Za-z-]+$`)
	requestSource = regexp.MustCompile(`^(method\.request\.(header|querystring|multivalueheader|multivaluequerystring)\.[!#$%&'*+.^_|~0-9A-Za-z-]+|stageVariables\.[0-9A-Za-z_]+|context\.[0-9A-Za-z_.]+)$`)
)

// Complete gives an authorizer what it has where nothing was said.
func Complete(a *api.Authorizer) {
	users := wire.Value(a.Type) == api.AuthorizerTypeCognitoUserPools
	if a.AuthType == nil && users {
		a.AuthType = new("cognito_user_pools")
	}
	if a.AuthType == nil {
		a.AuthType = new("custom")
	}
	if a.AuthorizerResultTtlInSeconds == nil && !users {
		a.AuthorizerResultTtlInSeconds = new(defaultTTL)
	}
}

// Check holds an authorizer against the rules of its type.
func Check(a *api.Authorizer) error {
	ttl := wire.Value(a.AuthorizerResultTtlInSeconds)
	switch {
	case wire.Value(a.Name) == "":
		return fault.BadRequest("Authorizer name must not be empty")
	case len(*a.Name) > 128:
		return fault.BadRequest("Authorizer name must be at most 128 characters in length")
	case ttl < 0 || ttl > maxTTL:
		return fault.BadRequest("Authorizer result TTL must be between 0 and %d seconds", maxTTL)
	}
	if _, err := entire.Compile(wire.Value(a.IdentityValidationExpression)); err != nil {
		return fault.BadRequest("Invalid identity validation expression specified: %s", *a.IdentityValidationExpression)
	}
	if role := wire.Value(a.AuthorizerCredentials); role != "" {
		if _, err := arn.Parse(role); err != nil {
			return fault.BadRequest("Invalid ARN specified in the request")
		}
	}
	switch *a.Type {
	case api.AuthorizerTypeToken:
		return checkFunction(a, tokenSource, true)
	case api.AuthorizerTypeRequest:
		return checkFunction(a, requestSource, ttl > 0)
	case api.AuthorizerTypeCognitoUserPools:
		return checkUserPools(a)
	}
	return fault.BadRequest("Invalid authorizer type specified: %s", *a.Type)
}

// checkFunction checks an authorizer that asks a function.
func checkFunction(a *api.Authorizer, source *regexp.Regexp, required bool) error {
	uri := wire.Value(a.AuthorizerUri)
	if _, ok := plan.FunctionARN(uri); !ok || !strings.Contains(uri, ":lambda:path/") {
		return fault.BadRequest("Invalid Authorizer URI: %s. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.", uri)
	}
	if len(a.ProviderARNs) > 0 {
		return fault.BadRequest("Provider ARNs are only supported for authorizers of type COGNITO_USER_POOLS")
	}
	return checkSources(a, source, required)
}

// checkUserPools checks an authorizer that reads the tokens of user pools.
func checkUserPools(a *api.Authorizer) error {
	switch {
	case len(a.ProviderARNs) == 0:
		return fault.BadRequest("COGNITO_USER_POOLS authorizers must have at least one provider ARN")
	case len(a.ProviderARNs) > maxProviders:
		return fault.BadRequest("COGNITO_USER_POOLS authorizers must have at most %d provider ARNs", maxProviders)
	}
	for _, p := range a.ProviderARNs {
		parsed, err := arn.Parse(p)
		if err != nil || parsed.Service != "cognito-idp" || !strings.HasPrefix(parsed.Resource, "userpool/") {
			return fault.BadRequest("Invalid Cognito User Pool ARN specified: %s", p)
		}
	}
	return checkSources(a, tokenSource, true)
}

// checkSources checks where an authorizer finds who calls, which it may be
// required to tell.
func checkSources(a *api.Authorizer, source *regexp.Regexp, required bool) error {
	text := wire.Value(a.IdentitySource)
	switch {
	case text == "" && !required:
		return nil
	case text == "" && *a.Type == api.AuthorizerTypeRequest:
		return fault.BadRequest("Identity source is required for REQUEST authorizers when caching is enabled")
	case text == "":
		return fault.BadRequest("Identity source is required for %s authorizers", *a.Type)
	}
	sources := []string{text}
	if *a.Type == api.AuthorizerTypeRequest {
		sources = strings.Split(text, ",")
	}
	for _, s := range sources {
		if s = strings.TrimSpace(s); !source.MatchString(s) {
			return fault.BadRequest("Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: %s]", s)
		}
	}
	return nil
}
