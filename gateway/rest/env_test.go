package rest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"maru.dev/maru/edge"
	"maru.dev/maru/gateway"
	"maru.dev/maru/gateway/front"
	shared "maru.dev/maru/gateway/plan"
	"maru.dev/maru/gateway/rest"
	"maru.dev/maru/gateway/rest/plan"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service"
	control "maru.dev/maru/service/apigateway"
	controlv2 "maru.dev/maru/service/apigatewayv2"
	"maru.dev/maru/service/logs"
	"maru.dev/maru/service/sqs"
)

// env is a server with REST APIs over functions that tests make.
type env struct {
	*testenv.Env

	t  *testing.T
	fn *testenv.Functions
}

// newEnv starts a server. change may add to what the gateway is made with.
func newEnv(t *testing.T, change ...func(o *rest.Options)) *env {
	t.Helper()
	fn := testenv.NewFunctions()
	regs := []service.Registration{
		control.Registration(), controlv2.Registration(), logs.Registration(), sqs.Registration(),
		fn.Registration(),
	}
	e := testenv.NewWith(t, testenv.Options{Mounts: func(d service.Deps, find func(id string) any) []edge.Mount {
		o := rest.Options{
			Source: find("apigateway").(plan.Source), Caller: d.Caller, Clock: d.Clock, IDs: d.IDs, Log: d.Log, Traces: d.Traces, Metrics: d.Metrics,
		}
		for _, c := range change {
			c(&o)
		}
		inside := &edge.Inside{}
		o.Door = inside
		source := find("apigatewayv2").(shared.Source)
		g := rest.New(o)
		find("apigateway").(*control.Service).Use(g)
		h := front.New(source, d.Log,
			gateway.New(gateway.Options{Source: source, Caller: d.Caller, Clock: d.Clock, IDs: d.IDs, Log: d.Log}), g)
		return []edge.Mount{
			{Host: front.HostService, Owns: h.Owns, Path: front.PathPrefixes()[0], Handler: h},
			{Path: front.UserRequests, Match: front.UserRequest, Handler: h, Inside: inside},
		}
	}}, regs...)
	return &env{Env: e, t: t, fn: fn}
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

// functionURI is where integrations and authorizers find a function.
func functionURI(name string) *string {
	return aws.String("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:" + name + "/invocations")
}

// restAPI is an API that is being made.
type restAPI struct {
	*env

	id, root  string
	resources map[string]string // by path
}

// restAPI makes an API.
func (e *env) restAPI(change ...func(in *apigateway.CreateRestApiInput)) *restAPI {
	e.t.Helper()
	in := &apigateway.CreateRestApiInput{Name: aws.String("test")}
	for _, c := range change {
		c(in)
	}
	out := must[*apigateway.CreateRestApiOutput](e.t)(e.APIGateway().CreateRestApi(e.t.Context(), in))
	return &restAPI{env: e, id: *out.Id, root: *out.RootResourceId, resources: map[string]string{"/": *out.RootResourceId}}
}

// resource makes a resource with all above it.
func (a *restAPI) resource(path string) string {
	a.t.Helper()
	if id, ok := a.resources[path]; ok {
		return id
	}
	i := strings.LastIndexByte(path, '/')
	above := a.resource(path[:max(i, 1)])
	a.resources[path] = *must[*apigateway.CreateResourceOutput](a.t)(a.APIGateway().CreateResource(a.t.Context(), &apigateway.CreateResourceInput{
		RestApiId: &a.id, ParentId: &above, PathPart: aws.String(path[i+1:]),
	})).Id
	return a.resources[path]
}

// method makes a method, "GET /pets", with its integration.
func (a *restAPI) method(key string, m *apigateway.PutMethodInput, i *apigateway.PutIntegrationInput) {
	a.t.Helper()
	verb, path, _ := strings.Cut(key, " ")
	id := a.resource(path)
	m.RestApiId, m.ResourceId, m.HttpMethod = &a.id, &id, &verb
	if m.AuthorizationType == nil {
		m.AuthorizationType = aws.String("NONE")
	}
	must[*apigateway.PutMethodOutput](a.t)(a.APIGateway().PutMethod(a.t.Context(), m))
	i.RestApiId, i.ResourceId, i.HttpMethod = &a.id, &id, &verb
	if i.Type == types.IntegrationTypeAws || i.Type == types.IntegrationTypeAwsProxy {
		i.IntegrationHttpMethod = aws.String("POST")
	}
	must[*apigateway.PutIntegrationOutput](a.t)(a.APIGateway().PutIntegration(a.t.Context(), i))
}

// proxy makes a method whose requests a function gets as they are.
func (a *restAPI) proxy(key, function string) {
	a.t.Helper()
	a.method(key, &apigateway.PutMethodInput{}, &apigateway.PutIntegrationInput{Type: types.IntegrationTypeAwsProxy, Uri: functionURI(function)})
}

// response makes a method response with its integration response.
func (a *restAPI) response(key, status string, in *apigateway.PutIntegrationResponseInput) {
	a.t.Helper()
	verb, path, _ := strings.Cut(key, " ")
	id := a.resource(path)
	parameters := map[string]bool{}
	for name := range in.ResponseParameters {
		parameters[name] = false
	}
	must[*apigateway.PutMethodResponseOutput](a.t)(a.APIGateway().PutMethodResponse(a.t.Context(), &apigateway.PutMethodResponseInput{
		RestApiId: &a.id, ResourceId: &id, HttpMethod: &verb, StatusCode: &status, ResponseParameters: parameters,
	}))
	in.RestApiId, in.ResourceId, in.HttpMethod, in.StatusCode = &a.id, &id, &verb, &status
	must[*apigateway.PutIntegrationResponseOutput](a.t)(a.APIGateway().PutIntegrationResponse(a.t.Context(), in))
}

// authorizer makes an authorizer.
func (a *restAPI) authorizer(in *apigateway.CreateAuthorizerInput) *string {
	a.t.Helper()
	in.RestApiId, in.Name = &a.id, aws.String("gate")
	return must[*apigateway.CreateAuthorizerOutput](a.t)(a.APIGateway().CreateAuthorizer(a.t.Context(), in)).Id
}

// deploy deploys the API to a stage, which is made if need be.
func (a *restAPI) deploy(stage string) (deployment string) {
	a.t.Helper()
	return *must[*apigateway.CreateDeploymentOutput](a.t)(a.APIGateway().CreateDeployment(a.t.Context(), &apigateway.CreateDeploymentInput{
		RestApiId: &a.id, StageName: &stage,
	})).Id
}

// patch changes a stage: path, value, path, value.
func (a *restAPI) patch(stage string, changes ...string) {
	a.t.Helper()
	in := &apigateway.UpdateStageInput{RestApiId: &a.id, StageName: &stage}
	for i := 0; i < len(changes); i += 2 {
		in.PatchOperations = append(in.PatchOperations, types.PatchOperation{Op: types.OpReplace, Path: &changes[i], Value: &changes[i+1]})
	}
	must[*apigateway.UpdateStageOutput](a.t)(a.APIGateway().UpdateStage(a.t.Context(), in))
}

// answer is an HTTP answer, read.
type answer struct {
	status int
	header http.Header
	body   string
}

// do sends a request to the server; change may add to it.
func (e *env) do(method, path, body string, change ...func(r *http.Request)) answer {
	e.t.Helper()
	r, err := http.NewRequestWithContext(e.t.Context(), method, e.URL()+path, strings.NewReader(body))
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

// call sends a request to the API's stage prod: "GET /pets?a=1".
func (a *restAPI) call(key, body string, change ...func(r *http.Request)) answer {
	a.t.Helper()
	verb, path, _ := strings.Cut(key, " ")
	return a.do(verb, "/_maru/execute-api/"+a.id+"/prod"+path, body, change...)
}

// header sets a header of a request.
func header(name, value string) func(r *http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
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

// is holds an answer against its status, its error's name and its body; "" is not
// looked at.
func (got answer) is(t *testing.T, status int, kind, body string) {
	t.Helper()
	if got.status != status || kind != "" && got.header.Get("X-Amzn-Errortype") != kind || body != "" && got.body != body {
		t.Errorf("%d %s %s, want %d %s %s", got.status, got.header.Get("X-Amzn-Errortype"), got.body, status, kind, body)
	}
}

// textOf is a value as fmt shows it.
func textOf(v any) string { return fmt.Sprint(v) }
