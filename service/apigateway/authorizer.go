package apigateway

import (
	"regexp"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/arn"
	"maru.dev/maru/gateway/plan"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// The limits of authorizers.
const (
	maxAuthorizers       = 10 // of an API
	maxProviders         = 1000
	maxAuthorizerTTL     = 3600 // seconds
	defaultAuthorizerTTL = int32(300)
)

// The places that the identity of a caller may be told in: for those that have one
// token, and for those that look at the whole request.
var (
	tokenSource   = regexp.MustCompile(`^method\.request\.header\.[!#$%&'*+.^_|~0-9A-Za-z-]+$`)
	requestSource = regexp.MustCompile(`^(method\.request\.(header|querystring|multivalueheader|multivaluequerystring)\.[!#$%&'*+.^_|~0-9A-Za-z-]+|stageVariables\.[0-9A-Za-z_]+|context\.[0-9A-Za-z_.]+)$`)
)

// completeAuthorizer gives an authorizer what it has where nothing was said.
func completeAuthorizer(a *api.Authorizer) {
	users := wire.Value(a.Type) == api.AuthorizerTypeCognitoUserPools
	if a.AuthType == nil && users {
		a.AuthType = new("cognito_user_pools")
	}
	if a.AuthType == nil {
		a.AuthType = new("custom")
	}
	if a.AuthorizerResultTtlInSeconds == nil && !users {
		a.AuthorizerResultTtlInSeconds = new(defaultAuthorizerTTL)
	}
}

// checkAuthorizer holds an authorizer against the rules of its type.
func checkAuthorizer(a *api.Authorizer) error {
	ttl := wire.Value(a.AuthorizerResultTtlInSeconds)
	switch {
	case wire.Value(a.Name) == "":
		return badRequest("Authorizer name must not be empty")
	case len(*a.Name) > 128:
		return badRequest("Authorizer name must be at most 128 characters in length")
	case ttl < 0 || ttl > maxAuthorizerTTL:
		return badRequest("Authorizer result TTL must be between 0 and %d seconds", maxAuthorizerTTL)
	}
	if _, err := regexp.Compile(wire.Value(a.IdentityValidationExpression)); err != nil {
		return badRequest("Invalid identity validation expression specified: %s", *a.IdentityValidationExpression)
	}
	if role := wire.Value(a.AuthorizerCredentials); role != "" {
		if _, err := arn.Parse(role); err != nil {
			return badRequest("Invalid ARN specified in the request")
		}
	}
	switch *a.Type {
	case api.AuthorizerTypeToken:
		return checkFunctionAuthorizer(a, tokenSource, true)
	case api.AuthorizerTypeRequest:
		return checkFunctionAuthorizer(a, requestSource, ttl > 0)
	case api.AuthorizerTypeCognitoUserPools:
		return checkUserPools(a)
	}
	return badRequest("Invalid authorizer type specified: %s", *a.Type)
}

// checkFunctionAuthorizer checks an authorizer that asks a function.
func checkFunctionAuthorizer(a *api.Authorizer, source *regexp.Regexp, required bool) error {
	uri := wire.Value(a.AuthorizerUri)
	if _, ok := plan.FunctionARN(uri); !ok || !strings.Contains(uri, ":lambda:path/") {
		return badRequest("Invalid Authorizer URI: %s. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.", uri)
	}
	if len(a.ProviderARNs) > 0 {
		return badRequest("Provider ARNs are only supported for authorizers of type COGNITO_USER_POOLS")
	}
	return checkSources(a, source, required)
}

// checkUserPools checks an authorizer that reads the tokens of user pools.
func checkUserPools(a *api.Authorizer) error {
	switch {
	case len(a.ProviderARNs) == 0:
		return badRequest("COGNITO_USER_POOLS authorizers must have at least one provider ARN")
	case len(a.ProviderARNs) > maxProviders:
		return badRequest("COGNITO_USER_POOLS authorizers must have at most %d provider ARNs", maxProviders)
	}
	for _, p := range a.ProviderARNs {
		parsed, err := arn.Parse(p)
		if err != nil || parsed.Service != "cognito-idp" || !strings.HasPrefix(parsed.Resource, "userpool/") {
			return badRequest("Invalid Cognito User Pool ARN specified: %s", p)
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
		return badRequest("Identity source is required for REQUEST authorizers when caching is enabled")
	case text == "":
		return badRequest("Identity source is required for %s authorizers", *a.Type)
	}
	sources := []string{text}
	if *a.Type == api.AuthorizerTypeRequest {
		sources = strings.Split(text, ",")
	}
	for _, s := range sources {
		if s = strings.TrimSpace(s); !source.MatchString(s) {
			return badRequest("Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: %s]", s)
		}
	}
	return nil
}

// putAuthorizer checks and writes an authorizer, whose name must be its own.
func putAuthorizer(tx *kv.Tx, at service.Home, apiID string, a *api.Authorizer) error {
	completeAuthorizer(a)
	if err := checkAuthorizer(a); err != nil {
		return err
	}
	list, err := authorizers().All(tx, at, apiID)
	if err != nil {
		return err
	}
	others := 0
	for _, other := range list {
		if *other.Id == *a.Id {
			continue
		}
		if others++; *other.Name == *a.Name {
			return badRequest("Authorizer name must be unique. Authorizer %s already exists in this RestApi.", *a.Name)
		}
	}
	if others >= maxAuthorizers {
		return limitExceeded("Maximum number of Authorizers for this API has been reached. Please contact AWS if you need additional Authorizers.")
	}
	return authorizers().Put(tx, *a, at, apiID, *a.Id)
}
