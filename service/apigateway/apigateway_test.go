package apigateway_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service/apigateway"
)

// functionURI is what an integration with a function calls.
const functionURI = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations"

// world is a server with a client of its REST APIs.
type world struct {
	*sdk.Client

	t *testing.T
	e *testenv.Env
}

// start starts a server.
func start(t *testing.T) *world {
	t.Helper()
	e := testenv.New(t, apigateway.Registration())
	return &world{Client: e.APIGateway(), t: t, e: e}
}

// must stops a test at an error.
func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// refused fails a test unless an error has this code and message.
func refused(t *testing.T, err error, code, message string) {
	t.Helper()
	if c, m := testenv.ErrorCode(err), testenv.ErrorMessage(err); c != code || m != message {
		t.Errorf("got %s: %s\nwant %s: %s", c, m, code, message)
	}
}

// newAPI makes an API, and returns its id and its root resource's.
func (w *world) newAPI() (id, root *string) {
	w.t.Helper()
	a := must(w.CreateRestApi(w.t.Context(), &sdk.CreateRestApiInput{Name: aws.String("a")}))(w.t)
	return a.Id, a.RootResourceId
}

// newResource adds a resource, and returns its id.
func (w *world) newResource(id, parent *string, part string) *string {
	w.t.Helper()
	return must(w.CreateResource(w.t.Context(), &sdk.CreateResourceInput{RestApiId: id, ParentId: parent, PathPart: &part}))(w.t).Id
}

// newMethod adds a method with a mock integration.
func (w *world) newMethod(id, resource *string, verb string) {
	w.t.Helper()
	must(w.PutMethod(w.t.Context(), &sdk.PutMethodInput{RestApiId: id, ResourceId: resource, HttpMethod: &verb, AuthorizationType: aws.String("NONE")}))(w.t)
	must(w.PutIntegration(w.t.Context(), &sdk.PutIntegrationInput{RestApiId: id, ResourceId: resource, HttpMethod: &verb, Type: types.IntegrationTypeMock}))(w.t)
}

// deployed makes an API with one method and a stage prod, and returns its id and
// its deployment's.
func (w *world) deployed() (id, deployment *string) {
	w.t.Helper()
	id, root := w.newAPI()
	w.newMethod(id, root, "GET")
	d := must(w.CreateDeployment(w.t.Context(), &sdk.CreateDeploymentInput{RestApiId: id, StageName: aws.String("prod")}))(w.t)
	return id, d.Id
}

// op is a patch operation; without a value for "".
func op(kind types.Op, path, value string) types.PatchOperation {
	o := types.PatchOperation{Op: kind, Path: &path}
	if value != "" {
		o.Value = &value
	}
	return o
}
