package rest

import (
	"encoding/json"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/gateway/event"
	"maru.dev/maru/gateway/invoke"
	sharedplan "maru.dev/maru/gateway/plan"
	verdictpolicy "maru.dev/maru/gateway/policy"
	"maru.dev/maru/gateway/verdict"
	"maru.dev/maru/wire"
)

// authorizeFunction asks a function, unless it has answered for the same identity
// lately.
func (g *Gateway) authorizeFunction(x *exchange) *reply {
	a := x.method.authorizer
	identities, ok := x.identities(a)
	if !ok {
		return x.refuse(unauthorized, "Unauthorized")
	}
	key := verdict.Key{
		API: x.api.ID, Stage: *x.stage.StageName, Epoch: x.stage.AuthorizerEpoch, Authorizer: wire.Value(a.Id),
		Identities: strings.Join(identities, "\x00"),
	}
	now := g.options.Clock.Now()
	v, kept := g.verdicts.Get(key, now)
	if !kept {
		var answer *reply
		if v, answer = g.verdict(x, identities); answer != nil {
			return answer
		}
		if a.ttl > 0 && len(identities) > 0 {
			g.verdicts.Put(key, v, now, now.Add(a.ttl))
		}
	}
	x.caller.principal, x.caller.context, x.caller.usageKey = v.PrincipalID, v.Context, v.UsageIdentifierKey
	says := "User is not authorized to access this resource"
	switch v.Judge(x.methodARN()) {
	case verdictpolicy.Allowed:
		return nil
	case verdictpolicy.Denied:
		says += " with an explicit deny"
	case verdictpolicy.None:
		if x.caller.allowed {
			return nil
		}
	}
	return x.refuse(accessDenied, says)
}

// identities are the values of an authorizer's identity sources. ok is false when
// one is missing, or a token does not look as it should.
func (x *exchange) identities(a *authorizerPlan) (values []string, ok bool) {
	in := x.input()
	for i := range a.sources {
		v, _ := a.sources[i].Value(in)
		if v == "" {
			return nil, false
		}
		values = append(values, v)
	}
	if wire.Value(a.Type) == api.AuthorizerTypeToken {
		return values, len(values) == 1 && (a.valid == nil || a.valid.MatchString(values[0]))
	}
	return values, true
}

// verdict invokes the authorizer's function, and reads what it says.
func (g *Gateway) verdict(x *exchange, identities []string) (*verdict.Verdict, *reply) {
	payload, answer := g.askFunction(x, identities)
	if answer != nil {
		return nil, answer
	}
	v, err := verdict.Read(payload, false)
	if err != nil {
		x.authorizer.failure = err.Error()
		return nil, x.refuse(badAuthorizer, "")
	}
	return v, nil
}

// askFunction invokes the authorizer's function.
func (g *Gateway) askFunction(x *exchange, identities []string) ([]byte, *reply) {
	a := x.method.authorizer
	fn, ok := sharedplan.FunctionARN(sharedplan.Substitute(wire.Value(a.AuthorizerUri), x.variables))
	payload, err := json.Marshal(x.authorizerEvent(identities))
	if !ok || err != nil {
		x.authorizer.failure = "the authorizer's URI is not a function's ARN"
		return nil, x.refuse(badAuthorizer, "")
	}
	call := invoke.Function{
		ARN: fn, Source: x.authorizerARN(), Role: wire.Value(a.AuthorizerCredentials), Payload: payload, Timeout: verdict.Timeout,
	}
	out, err := call.Run(x.r.Context(), g.options.Caller)
	if err != nil {
		x.authorizer.failure = err.Error()
		return nil, x.refuse(badAuthorizer, "")
	}
	if out.FunctionError != nil {
		x.authorizer.failure = errorMessage(out.Payload)
		if x.authorizer.failure == "Unauthorized" {
			return nil, x.refuse(unauthorized, "Unauthorized")
		}
		return nil, x.refuse(failedAuthorizer, "")
	}
	return out.Payload, nil
}

// errorMessage is what a failed function says.
func errorMessage(payload []byte) string {
	var e struct {
		ErrorMessage string `json:"errorMessage"`
	}
	if json.Unmarshal(payload, &e) != nil || e.ErrorMessage == "" {
		return string(payload)
	}
	return e.ErrorMessage
}

// authorizerARN names the authorizer as the caller of its function.
func (x *exchange) authorizerARN() string {
	return "arn:aws:execute-api:" + x.api.Region + ":" + x.api.Account + ":" + x.api.ID + "/authorizers/" + wire.Value(x.method.authorizer.Id)
}

// authorizerEvent is what the authorizer's function is given: a token, or the
// request but for its body.
func (x *exchange) authorizerEvent(identities []string) any {
	if wire.Value(x.method.authorizer.Type) == api.AuthorizerTypeToken {
		return struct {
			Type  string `json:"type"`
			ARN   string `json:"methodArn"`
			Token string `json:"authorizationToken"`
		}{"TOKEN", x.methodARN(), identities[0]}
	}
	e := x.event()
	return &event.RequestV1{
		Type: "REQUEST", MethodARN: x.methodARN(), Resource: e.Resource, Path: e.Path, HTTPMethod: e.HTTPMethod,
		Headers: e.Headers, MultiValueHeaders: e.MultiValueHeaders, QueryStringParameters: e.QueryStringParameters,
		MultiValueQueryStringParameters: e.MultiValueQueryStringParameters, PathParameters: e.PathParameters,
		StageVariables: e.StageVariables, RequestContext: e.RequestContext,
	}
}
