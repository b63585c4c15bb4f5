package rest

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/call"
	"maru.dev/maru/gateway/front"
	"maru.dev/maru/gateway/jwks"
	"maru.dev/maru/gateway/rest/execution"
	"maru.dev/maru/gateway/rest/plan"
	"maru.dev/maru/gateway/rest/tree"
	"maru.dev/maru/wire"
)

// TestMethod implements plan.Tester: it goes the way of a request from its
// validation on, and tells all of it.
func (g *Gateway) TestMethod(ctx context.Context, a *plan.API, in *api.TestInvokeMethodInput) (*api.TestInvokeMethodOutput, error) {
	t := trial{
		path: wire.Value(in.PathWithQueryString), body: wire.Value(in.Body), headers: in.Headers, lists: in.MultiValueHeaders, variables: in.StageVariables,
	}
	x, err := g.tried(ctx, a, &t, func(d *deploymentPlan) *methodPlan {
		for _, r := range d.resources {
			if r.ID == in.ResourceId {
				return r.Methods[in.HttpMethod]
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	answer := validate(x)
	if answer == nil {
		answer = g.integrate(x)
	}
	if answer.stream != nil {
		answer.stream.Close()
	}
	out := &api.TestInvokeMethodOutput{
		Status: new(int32(answer.status)), Body: new(string(answer.body)), Headers: make(map[string]string), MultiValueHeaders: answer.header,
		Latency: new(g.options.Clock.Now().Sub(x.began).Milliseconds()),
	}
	for name, values := range answer.header {
		out.Headers[name] = strings.Join(values, ",")
	}
	out.Log = new(x.report(answer))
	return out, nil
}

// TestAuthorizer implements plan.Tester.
func (g *Gateway) TestAuthorizer(ctx context.Context, a *plan.API, in *api.TestInvokeAuthorizerInput) (*api.TestInvokeAuthorizerOutput, error) {
	t := trial{
		path: wire.Value(in.PathWithQueryString), body: wire.Value(in.Body), headers: in.Headers, lists: in.MultiValueHeaders, variables: in.StageVariables,
	}
	x, err := g.tried(ctx, a, &t, func(d *deploymentPlan) *methodPlan {
		authorizer := d.Authorizers[in.AuthorizerId]
		return &methodPlan{Method: &api.Method{}, resource: &resourcePlan{Path: "/"}, authorizer: compileAuthorizer(&authorizer)}
	})
	if err != nil {
		return nil, err
	}
	x.execution.Addf("Starting authorizer: %s", in.AuthorizerId)
	out := &api.TestInvokeAuthorizerOutput{ClientStatus: new(int32(http.StatusOK))}
	answer := g.judgeTrial(x, out)
	if answer != nil {
		out.ClientStatus = new(int32(answer.status))
	} else {
		answer = &reply{status: http.StatusOK}
	}
	out.Latency, out.Log = new(g.options.Clock.Now().Sub(x.began).Milliseconds()), new(x.report(answer))
	return out, nil
}

// judgeTrial asks the authorizer, and writes what it says. A reply refuses the
// request.
func (g *Gateway) judgeTrial(x *exchange, out *api.TestInvokeAuthorizerOutput) *reply {
	a := x.method.authorizer
	if a.broken != nil {
		return x.refuse(badAuthorizer, "")
	}
	if wire.Value(a.Type) == api.AuthorizerTypeCognitoUserPools {
		answer := g.authorizeToken(x)
		if answer == nil {
			out.Claims = jwks.Texts(x.caller.claims)
		}
		return answer
	}
	identities, ok := x.identities(a)
	if !ok {
		return x.refuse(unauthorized, "Unauthorized")
	}
	payload, answer := g.askFunction(x, identities)
	if answer != nil {
		return answer
	}
	var said struct {
		PrincipalID    string          `json:"principalId"`
		PolicyDocument json.RawMessage `json:"policyDocument"`
		Context        map[string]any  `json:"context"`
	}
	if err := json.Unmarshal(payload, &said); err != nil || said.PolicyDocument == nil {
		return x.refuse(badAuthorizer, "")
	}
	out.PrincipalId, out.Policy, out.Authorization = &said.PrincipalID, new(string(said.PolicyDocument)), make(map[string][]string)
	for name, v := range said.Context {
		out.Authorization[name] = []string{jwks.Text(contextText(v))}
	}
	return nil
}

// trial is a request as it is described for a test.
type trial struct {
	path, body string
	headers    map[string]string
	lists      map[string][]string
	variables  map[string]string
}

// tried is the exchange of a test with the method that find returns.
func (g *Gateway) tried(ctx context.Context, a *plan.API, t *trial, find func(d *deploymentPlan) *methodPlan) (*exchange, error) {
	p := compile(a)
	x := &exchange{
		g: g, info: call.From(ctx), began: g.options.Clock.Now(), id: g.options.IDs.UUID(), extended: g.newExtendedID(), api: p,
		stage: p.stages[plan.TestStage], variables: t.variables, body: []byte(t.body), hasBody: true, at: front.Address{API: a.ID},
	}
	x.deployment = x.stage.main
	m := find(x.deployment)
	if m == nil || m.Method.HttpMethod != nil && m.integration == nil {
		return nil, &api.NotFoundException{Message: "Invalid Method identifier specified"}
	}
	x.method = m
	if t.path == "" {
		t.path = m.resource.Path
	}
	verb := wire.Or(m.HttpMethod, http.MethodGet)
	if verb == "ANY" {
		verb = http.MethodGet
	}
	r, err := http.NewRequestWithContext(ctx, verb, "https://"+a.ID+".execute-api."+a.Region+".amazonaws.com/"+strings.TrimPrefix(t.path, "/"), strings.NewReader(t.body))
	if err != nil {
		return nil, &api.BadRequestException{Message: "Invalid path specified: " + t.path}
	}
	for name, values := range t.lists {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	for name, v := range t.headers {
		r.Header.Set(name, v)
	}
	x.r, x.path = r, r.URL.EscapedPath()
	x.parameters = tree.Variables(m.resource.Path, x.path)
	x.execution = execution.New(x.began.UTC().Format("Mon Jan 02 15:04:05 MST 2006")+" : ", false, true)
	return x, nil
}

// report is the log of a test.
func (x *exchange) report(answer *reply) string {
	lines := x.execution.End(answer.kind == "", answer.status, answer.header, answer.body)
	return "Execution log for request " + x.id + "\n" + strings.Join(lines, "\n") + "\n"
}
