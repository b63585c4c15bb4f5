package gateway

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"maru.dev/maru/gateway/event"
	"maru.dev/maru/gateway/invoke"
	"maru.dev/maru/gateway/verdict"
	"maru.dev/maru/wire"
)

// authorizeFunction asks a function, unless it has answered for the same
// identity lately.
func (g *Gateway) authorizeFunction(x *exchange) *reply {
	a := x.route.authorizer
	identities := make([]string, len(a.sources))
	for i, s := range a.sources {
		if identities[i] = x.look(s); identities[i] == "" {
			return unauthorized()
		}
	}
	key := verdict.Key{API: x.api.ID, Stage: x.stage.StageName, Epoch: x.stage.CacheEpoch, Authorizer: wire.Value(a.AuthorizerId), Identities: strings.Join(identities, "\x00")}
	now := g.options.Clock.Now()
	v, cached := g.verdicts.Get(key, now)
	if !cached {
		var err error
		if v, err = g.ask(x, identities); err != nil {
			x.authorizerError = err.Error()
			return message(http.StatusInternalServerError, "Internal Server Error")
		}
		if a.ttl > 0 && len(identities) > 0 {
			g.verdicts.Put(key, v, now, now.Add(a.ttl))
		}
	}
	x.caller.context, x.caller.user = v.Context, v.PrincipalID
	if x.caller.context == nil {
		x.caller.context = map[string]any{}
	}
	if v.Allows(x.sourceARN()) {
		return nil
	}
	return forbidden()
}

// ask invokes the authorizer's function.
func (g *Gateway) ask(x *exchange, identities []string) (*verdict.Verdict, error) {
	a := x.route.authorizer
	event := x.authorizerEventV1(identities)
	if wire.Value(a.AuthorizerPayloadFormatVersion) == "2.0" {
		event = x.authorizerEventV2(identities)
	}
	payload, err := json.Marshal(event)
	if err != nil {
		return nil, err
	}
	fn := invoke.Function{ARN: a.function, Source: x.authorizerARN(), Payload: payload, Timeout: verdict.Timeout}
	out, err := fn.Run(x.r.Context(), g.options.Caller)
	if err != nil {
		return nil, err
	}
	if out.FunctionError != nil {
		return nil, errors.New(string(out.Payload))
	}
	return verdict.Read(out.Payload, wire.Value(a.EnableSimpleResponses))
}

// authorizerARN names the authorizer as the caller of its function.
func (x *exchange) authorizerARN() string {
	return "arn:aws:execute-api:" + x.api.Region + ":" + x.api.Account + ":" + x.api.ID + "/authorizers/" + wire.Value(x.route.authorizer.AuthorizerId)
}

// authorizerEventV2 is what an authorizer is given in format 2.0.
func (x *exchange) authorizerEventV2(identities []string) any {
	e := x.eventV2()
	e.RequestContext.Authorizer = nil
	return struct {
		Version               string            `json:"version"`
		Type                  string            `json:"type"`
		RouteARN              string            `json:"routeArn"`
		IdentitySource        []string          `json:"identitySource"`
		RouteKey              string            `json:"routeKey"`
		RawPath               string            `json:"rawPath"`
		RawQueryString        string            `json:"rawQueryString"`
		Cookies               []string          `json:"cookies,omitempty"`
		Headers               map[string]string `json:"headers"`
		QueryStringParameters map[string]string `json:"queryStringParameters,omitempty"`
		RequestContext        event.ContextV2   `json:"requestContext"`
		PathParameters        map[string]string `json:"pathParameters,omitempty"`
		StageVariables        map[string]string `json:"stageVariables,omitempty"`
	}{
		"2.0", "REQUEST", x.sourceARN(), identities, e.RouteKey, e.RawPath, e.RawQueryString, e.Cookies, e.Headers,
		e.QueryStringParameters, e.RequestContext, e.PathParameters, e.StageVariables,
	}
}

// authorizerEventV1 is what an authorizer is given in format 1.0.
func (x *exchange) authorizerEventV1(identities []string) any {
	e := x.eventV1()
	e.RequestContext.Authorizer = nil
	token := strings.Join(identities, ",")
	return &event.RequestV1{
		Version: "1.0", Type: "REQUEST", MethodARN: x.sourceARN(), IdentitySource: &token, AuthorizationToken: &token,
		Resource: e.Resource, Path: e.Path, HTTPMethod: e.HTTPMethod, Headers: e.Headers,
		QueryStringParameters: e.QueryStringParameters, PathParameters: e.PathParameters, StageVariables: e.StageVariables,
		RequestContext: e.RequestContext,
	}
}
