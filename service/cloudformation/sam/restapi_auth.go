package sam

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
)

// authProperties are the members of Auth.
var authProperties = strings.Fields(`AddApiKeyRequiredToCorsPreflight AddDefaultAuthorizerToCorsPreflight ApiKeyRequired Authorizers
	DefaultAuthorizer InvokeRole ResourcePolicy UsagePlan`)

// iamScheme is the authorizer that is always there.
const iamScheme = "AWS_IAM"

// branches are the maps that v may be: more than one where a condition decides.
func branches(v any) []map[string]any {
	m := asMap(v)
	if m == nil {
		return nil
	}
	arms, ok := m["Fn::If"].([]any)
	if !ok || len(m) != 1 {
		return []map[string]any{m}
	}
	var out []map[string]any
	for _, arm := range arms[min(1, len(arms)):] {
		if name, isRef := asMap(arm)["Ref"]; !isRef || name != "AWS::NoValue" {
			out = append(out, branches(arm)...)
		}
	}
	return out
}

// methods yields the methods of the definition that lead somewhere, with what
// they are called there.
func (a *restAPI) methods() iter.Seq2[string, map[string]any] {
	return func(yield func(string, map[string]any) bool) {
		paths := asMap(a.body["paths"])
		for _, path := range slices.Sorted(maps.Keys(paths)) {
			for _, item := range branches(paths[path]) {
				for _, name := range slices.Sorted(maps.Keys(item)) {
					if name == "summary" || name == "description" || name == "parameters" {
						continue
					}
					for _, op := range branches(item[name]) {
						if op[extIntegrate] != nil && !yield(strings.ToLower(name), op) {
							return
						}
					}
				}
			}
		}
	}
}

// secure adds Auth to the definition: who may call which method.
func (a *restAPI) secure(t *transform) bool {
	if len(a.auth) == 0 {
		return true
	}
	for _, name := range slices.Sorted(maps.Keys(a.auth)) {
		if !slices.Contains(authProperties, name) {
			t.fail(a.id, "Invalid value for 'Auth' property")
			return false
		}
	}
	if !a.authorizers(t) || !a.defaultAuthorizer(t) {
		return false
	}
	if a.auth["ApiKeyRequired"] == true {
		a.apiKeyScheme()
		for name, op := range a.methods() {
			a.defaultAPIKey(name, op)
		}
	}
	policy := asMap(a.auth["ResourcePolicy"])
	if policy == nil {
		return true
	}
	paths := asMap(a.body["paths"])
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		a.resourcePolicy(t, policy, path, a.props["StageName"])
	}
	a.policyStatements(asList(policy["CustomStatements"])...)
	return true
}

// authorizers writes the API's authorizers into the definition, and lets it call
// their functions.
func (a *restAPI) authorizers(t *transform) bool {
	all := asMap(a.auth["Authorizers"])
	if a.auth["Authorizers"] != nil && all == nil {
		t.fail(a.id, "Property 'Auth.Authorizers' should be a map.")
		return false
	}
	if a.auth["DefaultAuthorizer"] == iamScheme {
		a.iamScheme()
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		auth := asMap(all[name])
		if auth == nil {
			t.fail(a.id, fmt.Sprintf("Property 'Auth.Authorizers.%s' should be a map.", name))
			return false
		}
		scheme, ok := a.authorizer(t, name, auth)
		if !ok {
			return false
		}
		child(a.body, "securityDefinitions")[name] = scheme
		if function := auth["FunctionArn"]; function != nil && auth["DisableFunctionDefaultPermissions"] != true {
			t.emit(a.source, a.id+name+"AuthorizerPermission", "AWS::Lambda::Permission", map[string]any{
				"Action": "lambda:InvokeFunction", "FunctionName": function, "Principal": "apigateway.amazonaws.com",
				"SourceArn": sub("arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/authorizers/*", map[string]any{"__ApiId__": ref(a.id)}),
			})
		}
	}
	return true
}

// authorizer writes one authorizer: of a user pool, or a function.
func (a *restAPI) authorizer(t *transform, name string, auth map[string]any) (map[string]any, bool) {
	identity := asMap(auth["Identity"])
	header := identity["Header"]
	if header == nil {
		header = "Authorization"
	}
	scheme := map[string]any{"type": "apiKey", "name": header, "in": "header"}
	if pools := auth["UserPoolArn"]; pools != nil {
		x := map[string]any{"type": "cognito_user_pools", "providerARNs": asList(pools)}
		if v := identity["ValidationExpression"]; v != nil {
			x["identityValidationExpression"] = v
		}
		scheme["x-amazon-apigateway-authtype"], scheme["x-amazon-apigateway-authorizer"] = "cognito_user_pools", x
		return scheme, true
	}
	kind, _ := auth["FunctionPayloadType"].(string)
	x := map[string]any{
		"authorizerUri": sub("arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations",
			map[string]any{"__FunctionArn__": auth["FunctionArn"]}),
	}
	if v := identity["ReauthorizeEvery"]; v != nil {
		x["authorizerResultTtlInSeconds"] = v
	}
	if role := auth["FunctionInvokeRole"]; role != nil && role != "NONE" {
		x["authorizerCredentials"] = role
	}
	switch {
	case kind == "" && auth["FunctionPayloadType"] == nil, kind == "TOKEN":
		x["type"] = "token"
		if v := identity["ValidationExpression"]; v != nil {
			x["identityValidationExpression"] = v
		}
	case kind == "REQUEST":
		sources := identitySources(identity)
		if ttl, _ := t.text(identity["ReauthorizeEvery"]); sources == "" && ttl != "0" {
			t.fail(a.id, name+" Authorizer must specify Identity with at least one of Headers, QueryStrings, StageVariables, or Context.")
			return nil, false
		}
		scheme["name"], x["type"] = "Unused", "request"
		if sources != "" {
			x["identitySource"] = sources
		}
	default:
		t.fail(a.id, fmt.Sprintf("%s Authorizer has invalid 'FunctionPayloadType': %v.", name, auth["FunctionPayloadType"]))
		return nil, false
	}
	scheme["x-amazon-apigateway-authtype"], scheme["x-amazon-apigateway-authorizer"] = "custom", x
	return scheme, true
}

// identitySources are what a request is known by.
func identitySources(identity map[string]any) string {
	var list []string
	for _, from := range [...]struct{ property, prefix string }{
		{"Headers", "method.request.header."},
		{"QueryStrings", "method.request.querystring."},
		{"StageVariables", "stageVariables."},
		{"Context", "context."},
	} {
		for _, n := range asList(identity[from.property]) {
			list = append(list, from.prefix+fmt.Sprint(n))
		}
	}
	return strings.Join(list, ", ")
}

// defaultAuthorizer gives the methods that say nothing else the API's own
// authorizer.
func (a *restAPI) defaultAuthorizer(t *transform) bool {
	if a.auth["DefaultAuthorizer"] == nil {
		return true
	}
	name, ok := a.auth["DefaultAuthorizer"].(string)
	all := asMap(a.auth["Authorizers"])
	switch {
	case !ok:
		t.fail(a.id, "DefaultAuthorizer is not a string.")
		return false
	case name != iamScheme && all[name] == nil:
		t.fail(a.id, "Unable to set DefaultAuthorizer because '"+name+"' was not defined in 'Authorizers'.")
		return false
	}
	scopes := asList(asMap(all[name])["AuthorizationScopes"])
	if scopes == nil {
		scopes = []any{}
	}
	for method, op := range a.methods() {
		if method == "options" && a.auth["AddDefaultAuthorizerToCorsPreflight"] == false {
			continue
		}
		var own, others []any
		none := false
		for _, s := range asList(op["security"]) {
			m := asMap(s)
			switch {
			case m["NONE"] != nil:
				none = true
			case slices.ContainsFunc(slices.Collect(maps.Keys(m)), func(k string) bool { return k == iamScheme || all[k] != nil }):
				own = append(own, s)
			default:
				others = append(others, s)
			}
		}
		switch {
		case none:
			own = nil
		case own == nil:
			own = []any{map[string]any{name: scopes}}
		}
		if security := append(others, own...); len(security) > 0 {
			op["security"] = security
		}
	}
	return true
}

// defaultAPIKey lets a method that says nothing else require a key.
func (a *restAPI) defaultAPIKey(method string, op map[string]any) {
	var security []any
	required := true
	for _, s := range asList(op["security"]) {
		m := asMap(s)
		switch {
		case m["api_key_false"] != nil:
			required = false
		case m["api_key"] == nil:
			security = append(security, s)
		}
	}
	if method == "options" && a.auth["AddApiKeyRequiredToCorsPreflight"] == false {
		required = false
	}
	if required {
		security = append(security, map[string]any{"api_key": []any{}})
	}
	if security == nil && op["security"] == nil {
		return
	}
	if security == nil {
		security = []any{}
	}
	op["security"] = security
}

// iamScheme writes the scheme of signed requests into the definition.
func (a *restAPI) iamScheme() {
	child(a.body, "securityDefinitions")[iamScheme] = map[string]any{
		"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4",
	}
}

// apiKeyScheme writes the scheme of API keys into the definition.
func (a *restAPI) apiKeyScheme() {
	if all := child(a.body, "securityDefinitions"); all["api_key"] == nil {
		all["api_key"] = map[string]any{"type": "apiKey", "name": "x-api-key", "in": "header"}
	}
}

// secureMethod writes an event's own Auth into its method.
func (a *restAPI) secureMethod(t *transform, f *invoker, e *event, r restRoute, op map[string]any) bool {
	auth := asMap(t.settled(e.props["Auth"]))
	all := asMap(a.auth["Authorizers"])
	trouble := func(format string, args ...any) bool {
		t.failEvent(f, e, fmt.Sprintf(format, args...))
		return false
	}
	name, _ := auth["Authorizer"].(string)
	switch {
	case name == "" && auth["AuthorizationScopes"] != nil:
		return trouble("AuthorizationScopes works only when Authorizer is set")
	case name == "" || name == iamScheme:
	case name == "NONE":
		if a.auth["DefaultAuthorizer"] == nil {
			return trouble("Unable to set Authorizer on API method [%s] for path [%s] because 'NONE' is only a valid value when a DefaultAuthorizer on the API is specified.", r.verb, r.path)
		}
	case len(all) == 0:
		return trouble("Unable to set Authorizer [%s] on API method [%s] for path [%s] because the related API does not define any Authorizers.", name, r.verb, r.path)
	case all[name] == nil:
		return trouble("Unable to set Authorizer [%s] on API method [%s] for path [%s] because it wasn't defined in the API's Authorizers.", name, r.verb, r.path)
	}
	if name != "" {
		scopes := auth["AuthorizationScopes"]
		if own := asMap(all[name]); own == nil {
			scopes = nil
		} else if scopes == nil {
			scopes = own["AuthorizationScopes"]
		}
		if scopes == nil {
			scopes = []any{}
		}
		op["security"] = append(asList(op["security"]), map[string]any{name: scopes})
		if name == iamScheme {
			a.iamScheme()
		}
	}
	switch required := auth["ApiKeyRequired"]; {
	case required == true:
		op["security"] = append(asList(op["security"]), map[string]any{"api_key": []any{}})
		a.apiKeyScheme()
	case required == false && a.auth["ApiKeyRequired"] != true:
		return trouble("Unable to set ApiKeyRequired [False] on API method [%s] for path [%s] because the related API does not specify any ApiKeyRequired.", r.verb, r.path)
	case required == false:
		op["security"] = append(asList(op["security"]), map[string]any{"api_key_false": []any{}})
	}
	if policy := asMap(auth["ResourcePolicy"]); policy != nil {
		a.eventPolicy(t, policy, r, op)
	}
	return true
}

// credentials says as whom a signed call reaches the function.
func (a *restAPI) credentials(e *event, integration map[string]any, f *invoker) {
	auth := asMap(e.props["Auth"])
	signed := auth["Authorizer"] == iamScheme || len(auth) == 0 && a.auth["DefaultAuthorizer"] == iamScheme
	if f.machine || !signed {
		return
	}
	role, given := auth["InvokeRole"]
	if !given {
		role, given = a.auth["InvokeRole"]
	}
	switch {
	case given && role == nil || role == "NONE":
	case !given || role == "CALLER_CREDENTIALS":
		integration["credentials"] = "arn:aws:iam::*:user/*"
	default:
		integration["credentials"] = role
	}
}
