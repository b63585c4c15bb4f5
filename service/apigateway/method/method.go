// Package method holds the rules of a REST API's methods: of what they take, of
// what their integrations do with it, and of what they answer.
package method

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/wire"
)

// The kinds of authorization.
const (
	None    = "NONE"
	IAM     = "AWS_IAM"
	Custom  = "CUSTOM"
	Cognito = "COGNITO_USER_POOLS"
)

// Check holds a method, without its responses and its integration, against the
// rules.
func Check(m *api.Method) error {
	if !slices.Contains([]string{"GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY"}, wire.Value(m.HttpMethod)) {
		return fault.BadRequest("Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY")
	}
	if !slices.Contains([]string{None, IAM, Custom, Cognito}, wire.Value(m.AuthorizationType)) {
		return fault.BadRequest("Invalid Authorization type specified. Valid options are NONE,AWS_IAM,CUSTOM,COGNITO_USER_POOLS")
	}
	if len(m.AuthorizationScopes) > 0 && *m.AuthorizationType != Cognito && *m.AuthorizationType != Custom {
		return fault.BadRequest("Authorization scopes are only supported for methods with an authorizer of type COGNITO_USER_POOLS")
	}
	names := make(map[string]bool, len(m.RequestParameters))
	for _, key := range slices.Sorted(maps.Keys(m.RequestParameters)) {
		name, ok := parameter(key, "method.request.", "path", "querystring", "header", "multivaluequerystring", "multivalueheader")
		if !ok {
			return mapping("Invalid mapping expression specified: %s", key)
		}
		if names[name] {
			return fault.BadRequest("Parameter names must be unique across querystring, header and path")
		}
		names[name] = true
	}
	return checkTypes(m.RequestModels)
}

// NeedsAuthorizer tells whether an authorizer decides who may call a method.
func NeedsAuthorizer(m *api.Method) bool {
	return *m.AuthorizationType == Custom || *m.AuthorizationType == Cognito
}

// CheckResponse holds what a method may answer against the rules.
func CheckResponse(r *api.MethodResponse) error {
	for _, key := range slices.Sorted(maps.Keys(r.ResponseParameters)) {
		if _, ok := parameter(key, "method.response.", "header", "multivalueheader"); !ok {
			return mapping("Invalid mapping expression specified: %s", key)
		}
	}
	return checkTypes(r.ResponseModels)
}

// parameter reads prefix, one of places, and a name, as method.request.path.id.
func parameter(text, prefix string, places ...string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(text, prefix)
	if !ok {
		return "", false
	}
	place, name, ok := strings.Cut(rest, ".")
	return name, ok && slices.Contains(places, place) && named(name)
}

// parameterName is what a header, a path's variable or a query's parameter may be
// called.
var parameterName = regexp.MustCompile(`^[a-zA-Z0-9._$\-\[\]:]+$`)

// named tells whether a parameter may be called so.
func named(name string) bool { return parameterName.MatchString(name) }

// checkTypes holds the content types that are a map's keys against the rules.
func checkTypes[T any](of map[string]T) error {
	for _, key := range slices.Sorted(maps.Keys(of)) {
		if kind, sub, ok := strings.Cut(key, "/"); key != "$default" && (!ok || kind == "" || sub == "") {
			return fault.BadRequest("Validation Result: warnings : [], errors : [Invalid content type specified: %s]", key)
		}
	}
	return nil
}

// mapping is the caller's fault in a mapping of parameters.
func mapping(format string, args ...any) error {
	return fault.BadRequest("Invalid mapping expression specified: Validation Result: warnings : [], errors : ["+format+"]", args...)
}
