package gateway

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"maru.dev/maru/gateway/event"
	"maru.dev/maru/gateway/policy"
)

// authorizerTimeout is how long a function may take to know a caller.
const authorizerTimeout = 10 * time.Second

// errVerdict is why a function's verdict is none.
var errVerdict = errors.New("the Lambda authorizer has returned an invalid response")

// verdict is what a Lambda authorizer says, in either of its forms.
type verdict struct {
	IsAuthorized   *bool            `json:"isAuthorized"`
	Context        map[string]any   `json:"context"`
	PrincipalID    string           `json:"principalId"`
	PolicyDocument *policy.Document `json:"policyDocument"`
}

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
	key := answerKey{api: x.api.ID, stage: x.stage.StageName, epoch: x.stage.CacheEpoch, authorizer: value(a.AuthorizerId), identities: strings.Join(identities, "\x00")}
	now := g.options.Clock.Now()
	v, cached := g.answers.get(key, now)
	if !cached {
		var err error
		if v, err = g.ask(x, identities); err != nil {
			x.authorizerError = err.Error()
			return message(http.StatusInternalServerError, "Internal Server Error")
		}
		if a.ttl > 0 && len(identities) > 0 {
			g.answers.put(key, v, now.Add(a.ttl))
		}
	}
	x.caller.context, x.caller.user = v.Context, v.PrincipalID
	if x.caller.context == nil {
		x.caller.context = map[string]any{}
	}
	if v.allows(x.sourceARN()) {
		return nil
	}
	return forbidden()
}

// allows tells whether the verdict lets a call of a route pass.
func (v *verdict) allows(routeARN string) bool {
	if v.IsAuthorized != nil {
		return *v.IsAuthorized
	}
	return v.PolicyDocument.Allows("execute-api:Invoke", routeARN)
}

// ask invokes the authorizer's function.
func (g *Gateway) ask(x *exchange, identities []string) (*verdict, error) {
	a := x.route.authorizer
	event := x.authorizerEventV1(identities)
	if value(a.AuthorizerPayloadFormatVersion) == "2.0" {
		event = x.authorizerEventV2(identities)
	}
	payload, err := json.Marshal(event)
	if err != nil {
		return nil, err
	}
	out, err := g.invokeAs(x, x.authorizerARN(), a.function, payload, authorizerTimeout)
	if err != nil {
		return nil, err
	}
	if out.FunctionError != nil {
		return nil, errors.New(string(out.Payload))
	}
	v := &verdict{}
	if err := json.Unmarshal(out.Payload, v); err != nil {
		return nil, errors.Join(errVerdict, err)
	}
	simple := value(a.EnableSimpleResponses)
	if simple && v.IsAuthorized == nil || !simple && v.PolicyDocument == nil {
		return nil, errVerdict
	}
	if simple {
		v.PolicyDocument = nil
	} else {
		v.IsAuthorized = nil
	}
	return v, nil
}

// authorizerARN names the authorizer as the caller of its function.
func (x *exchange) authorizerARN() string {
	return "arn:aws:execute-api:" + x.api.Region + ":" + x.api.Account + ":" + x.api.ID + "/authorizers/" + value(x.route.authorizer.AuthorizerId)
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
	return struct {
		Version               string            `json:"version"`
		Type                  string            `json:"type"`
		MethodARN             string            `json:"methodArn"`
		IdentitySource        string            `json:"identitySource"`
		AuthorizationToken    string            `json:"authorizationToken"`
		Resource              string            `json:"resource"`
		Path                  string            `json:"path"`
		HTTPMethod            string            `json:"httpMethod"`
		Headers               map[string]string `json:"headers"`
		QueryStringParameters map[string]string `json:"queryStringParameters"`
		PathParameters        map[string]string `json:"pathParameters"`
		StageVariables        map[string]string `json:"stageVariables"`
		RequestContext        contextV1         `json:"requestContext"`
	}{
		"1.0", "REQUEST", x.sourceARN(), token, token, e.Resource, e.Path, e.HTTPMethod, e.Headers,
		e.QueryStringParameters, e.PathParameters, e.StageVariables, e.RequestContext,
	}
}

// answerKey is for whom an authorizer has answered.
type answerKey struct {
	api, stage, authorizer, identities string
	epoch                              uint64
}

// maxAnswers bounds the cache of verdicts.
const maxAnswers = 100_000

// answers keeps verdicts for as long as their authorizers say.
type answers struct {
	mu   sync.Mutex
	kept map[answerKey]keptVerdict
}

// keptVerdict is a verdict with its end.
type keptVerdict struct {
	verdict *verdict
	until   time.Time
}

// newAnswers returns an empty cache.
func newAnswers() *answers { return &answers{kept: make(map[answerKey]keptVerdict)} }

// get returns a verdict that still counts.
func (c *answers) get(key answerKey, now time.Time) (*verdict, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.kept[key]
	return k.verdict, ok && now.Before(k.until)
}

// put keeps a verdict.
func (c *answers) put(key answerKey, v *verdict, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.kept) >= maxAnswers {
		clear(c.kept)
	}
	c.kept[key] = keptVerdict{v, until}
}
