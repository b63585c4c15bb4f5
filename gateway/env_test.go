package gateway_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"maru.dev/maru/edge"
	"maru.dev/maru/gateway"
	"maru.dev/maru/gateway/front"
	"maru.dev/maru/gateway/plan"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service"
	control "maru.dev/maru/service/apigatewayv2"
)

// env is a server with HTTP APIs over functions that tests make.
type env struct {
	*testenv.Env

	t  *testing.T
	fn *testenv.Functions
}

// newEnv starts a server.
func newEnv(t *testing.T, more ...service.Registration) *env {
	t.Helper()
	fn := testenv.NewFunctions()
	regs := append([]service.Registration{
		control.Registration(),
		fn.Registration(),
	}, more...)
	e := testenv.NewWith(t, testenv.Options{Mounts: mounts}, regs...)
	return &env{Env: e, t: t, fn: fn}
}

// mounts puts the gateway on a server.
func mounts(d service.Deps, find func(id string) any) []edge.Mount {
	var list []edge.Mount
	source := find("apigatewayv2").(plan.Source)
	for i, prefix := range front.PathPrefixes() {
		// One each, as if they were two nodes.
		g := front.New(source, d.Log, gateway.New(gateway.Options{Source: source, Caller: d.Caller, Clock: d.Clock, IDs: d.IDs, Log: d.Log}))
		m := edge.Mount{Path: prefix, Handler: g}
		if i == 0 {
			m.Host, m.Owns = front.HostService, g.Owns
		}
		list = append(list, m)
	}
	return list
}

// functionARN is a function's name in full.
func functionARN(name string) string {
	return "arn:aws:lambda:us-east-1:000000000000:function:" + name
}

// must stops a test at an error.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// api makes an API with one integration for all the routes.
func (e *env) api(routes ...string) (id string) {
	e.t.Helper()
	c := e.APIGatewayV2()
	id = *must[*apigatewayv2.CreateApiOutput](e.t)(c.CreateApi(e.t.Context(), &apigatewayv2.CreateApiInput{
		Name: aws.String("test"), ProtocolType: types.ProtocolTypeHttp,
	})).ApiId
	integration := e.integration(id, &apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeAwsProxy, IntegrationUri: aws.String(functionARN("echo")), PayloadFormatVersion: aws.String("2.0"),
	})
	for _, key := range routes {
		e.route(id, key, integration)
	}
	must[*apigatewayv2.CreateStageOutput](e.t)(c.CreateStage(e.t.Context(), &apigatewayv2.CreateStageInput{
		ApiId: &id, StageName: aws.String("$default"), AutoDeploy: aws.Bool(true),
	}))
	return id
}

// integration adds an integration.
func (e *env) integration(id string, in *apigatewayv2.CreateIntegrationInput) string {
	e.t.Helper()
	in.ApiId = &id
	return *must[*apigatewayv2.CreateIntegrationOutput](e.t)(e.APIGatewayV2().CreateIntegration(e.t.Context(), in)).IntegrationId
}

// route adds a route.
func (e *env) route(id, key, integration string) string {
	e.t.Helper()
	return *must[*apigatewayv2.CreateRouteOutput](e.t)(e.APIGatewayV2().CreateRoute(e.t.Context(), &apigatewayv2.CreateRouteInput{
		ApiId: &id, RouteKey: &key, Target: aws.String("integrations/" + integration),
	})).RouteId
}

// answer is an HTTP answer, read.
type answer struct {
	status int
	header http.Header
	body   string
}

// do sends a request to an API by the path form; change may add to it.
func (e *env) do(method, path, body string, change ...func(r *http.Request)) answer {
	e.t.Helper()
	r, err := http.NewRequestWithContext(e.t.Context(), method, e.URL()+"/_maru/execute-api/"+path, strings.NewReader(body))
	if err != nil {
		e.t.Fatal(err)
	}
	for _, c := range change {
		c(r)
	}
	out, err := e.HTTP().Do(r)
	if err != nil {
		e.t.Fatal(err)
	}
	defer out.Body.Close()
	raw, err := io.ReadAll(out.Body)
	if err != nil {
		e.t.Fatal(err)
	}
	return answer{out.StatusCode, out.Header, string(raw)}
}

// get reads a path of an API.
func (e *env) get(path string, change ...func(r *http.Request)) answer {
	e.t.Helper()
	return e.do(http.MethodGet, path, "", change...)
}

// header sets a header of a request.
func header(name, value string) func(r *http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// host sets the Host of a request, and takes the path form's prefix away.
func host(id, name string) func(r *http.Request) {
	return func(r *http.Request) {
		r.Host = name
		r.URL.Path = strings.TrimPrefix(r.URL.Path, "/_maru/execute-api/"+id)
	}
}

// decoded reads an event that the echo function has returned.
func decoded(t *testing.T, a answer) map[string]any {
	t.Helper()
	if a.status != 200 {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	var out map[string]any
	if err := json.Unmarshal([]byte(a.body), &out); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
	return out
}
