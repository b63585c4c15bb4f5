package apigateway_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service/apigateway"
)

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

// newAPI makes an API, and returns its id and its root resource's.
func (w *world) newAPI() (id, root *string) {
	w.t.Helper()
	a := must(w.CreateRestApi(w.t.Context(), &sdk.CreateRestApiInput{Name: aws.String("a")}))(w.t)
	return a.Id, a.RootResourceId
}

// newMethod adds a method with a mock integration.
func (w *world) newMethod(id, resource *string, verb string) {
	w.t.Helper()
	must(w.PutMethod(w.t.Context(), &sdk.PutMethodInput{RestApiId: id, ResourceId: resource, HttpMethod: &verb, AuthorizationType: aws.String("NONE")}))(w.t)
	must(w.PutIntegration(w.t.Context(), &sdk.PutIntegrationInput{RestApiId: id, ResourceId: resource, HttpMethod: &verb, Type: types.IntegrationTypeMock}))(w.t)
}

func TestAnAPIIsMadeDeployedAndStaged(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, root := w.newAPI()
	r := must(w.CreateResource(t.Context(), &sdk.CreateResourceInput{RestApiId: id, ParentId: root, PathPart: aws.String("x")}))(t)
	if *r.Path != "/x" || *r.ParentId != *root {
		t.Errorf("resource %+v", r)
	}
	w.newMethod(id, r.Id, "GET")
	d := must(w.CreateDeployment(t.Context(), &sdk.CreateDeploymentInput{RestApiId: id, StageName: aws.String("prod")}))(t)
	st := must(w.GetStage(t.Context(), &sdk.GetStageInput{RestApiId: id, StageName: aws.String("prod")}))(t)
	if *st.DeploymentId != *d.Id {
		t.Errorf("stage %+v", st)
	}
}
