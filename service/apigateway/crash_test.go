package apigateway

import (
	"context"
	"crypto/rand"
	"log/slog"
	"testing"
	"time"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// alone is a caller of a platform with nothing else on it.
type alone struct{ call.Caller }

// Call implements call.Caller.
func (alone) Call(context.Context, string, string, any) (any, error) {
	return nil, &wire.APIError{Code: "UnknownServiceException"}
}

// newTestService returns the service over a store, with a clock that stands.
func newTestService(st *kv.Store) (*Service, context.Context) {
	d := service.Deps{
		Store: st, Clock: clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)), IDs: ids.New(rand.Reader),
		Log: slog.New(slog.DiscardHandler), Endpoint: "http://localhost:4566", Caller: alone{},
	}
	return New(d), call.With(context.Background(), call.Info{Account: "000000000000", Region: "us-east-1", Endpoint: d.Endpoint})
}

// replace is an update of one place.
func replace(path, value string) []api.PatchOperation {
	return []api.PatchOperation{{Op: new(api.OpReplace), Path: &path, Value: &value}}
}

func TestAPIsAndWhatTheyDoSurviveCrashes(t *testing.T) {
	t.Parallel()
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		s, ctx := newTestService(st)
		a, err := s.CreateRestApi(ctx, &api.CreateRestApiInput{Name: "a"})
		h.Did(a, err)
		id, get, ok := *a.Id, "GET", "200"
		h.Did(s.UpdateRestApi(ctx, &api.UpdateRestApiInput{RestApiId: id, PatchOperations: replace("/name", "b")}))
		r, err := s.CreateResource(ctx, &api.CreateResourceInput{RestApiId: id, ParentId: *a.RootResourceId, PathPart: "pets"})
		h.Did(r, err)
		below, err := s.CreateResource(ctx, &api.CreateResourceInput{RestApiId: id, ParentId: *r.Id, PathPart: "{id}"})
		h.Did(below, err)
		on := *below.Id
		h.Did(s.PutMethod(ctx, &api.PutMethodInput{RestApiId: id, ResourceId: on, HttpMethod: get, AuthorizationType: "NONE"}))
		h.Did(s.UpdateMethod(ctx, &api.UpdateMethodInput{RestApiId: id, ResourceId: on, HttpMethod: get, PatchOperations: replace("/apiKeyRequired", "true")}))
		h.Did(s.PutMethodResponse(ctx, &api.PutMethodResponseInput{RestApiId: id, ResourceId: on, HttpMethod: get, StatusCode: ok}))
		h.Did(s.UpdateMethodResponse(ctx, &api.UpdateMethodResponseInput{RestApiId: id, ResourceId: on, HttpMethod: get, StatusCode: ok, PatchOperations: []api.PatchOperation{
			{Op: new(api.OpAdd), Path: new("/responseModels/application~1json"), Value: new("Empty")},
		}}))
		h.Did(s.PutIntegration(ctx, &api.PutIntegrationInput{RestApiId: id, ResourceId: on, HttpMethod: get, Type: "MOCK"}))
		h.Did(s.UpdateIntegration(ctx, &api.UpdateIntegrationInput{RestApiId: id, ResourceId: on, HttpMethod: get, PatchOperations: replace("/timeoutInMillis", "50")}))
		h.Did(s.PutIntegrationResponse(ctx, &api.PutIntegrationResponseInput{RestApiId: id, ResourceId: on, HttpMethod: get, StatusCode: ok}))
		h.Did(s.UpdateIntegrationResponse(ctx, &api.UpdateIntegrationResponseInput{RestApiId: id, ResourceId: on, HttpMethod: get, StatusCode: ok, PatchOperations: replace("/selectionPattern", "2..")}))
		h.Did(s.UpdateResource(ctx, &api.UpdateResourceInput{RestApiId: id, ResourceId: *r.Id, PatchOperations: replace("/pathPart", "animals")}))
		clone, err := s.CreateRestApi(ctx, &api.CreateRestApiInput{Name: "c", CloneFrom: &id})
		h.Did(clone, err)
		h.Did(s.DeleteIntegrationResponse(ctx, &api.DeleteIntegrationResponseInput{RestApiId: id, ResourceId: on, HttpMethod: get, StatusCode: ok}))
		h.Did(s.DeleteMethodResponse(ctx, &api.DeleteMethodResponseInput{RestApiId: id, ResourceId: on, HttpMethod: get, StatusCode: ok}))
		h.Did(s.DeleteIntegration(ctx, &api.DeleteIntegrationInput{RestApiId: id, ResourceId: on, HttpMethod: get}))
		h.Did(s.DeleteMethod(ctx, &api.DeleteMethodInput{RestApiId: id, ResourceId: on, HttpMethod: get}))
		h.Did(s.DeleteResource(ctx, &api.DeleteResourceInput{RestApiId: id, ResourceId: *r.Id}))
		h.Did(s.DeleteRestApi(ctx, &api.DeleteRestApiInput{RestApiId: *clone.Id}))
	})
}

func TestWhatIsServedSurvivesCrashes(t *testing.T) {
	t.Parallel()
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		s, ctx := newTestService(st)
		a, err := s.CreateRestApi(ctx, &api.CreateRestApiInput{Name: "a"})
		h.Did(a, err)
		id, root, arn := *a.Id, *a.RootResourceId, "arn:aws:apigateway:us-east-1::/restapis/"+*a.Id
		h.Did(s.PutMethod(ctx, &api.PutMethodInput{RestApiId: id, ResourceId: root, HttpMethod: "GET", AuthorizationType: "NONE"}))
		h.Did(s.PutIntegration(ctx, &api.PutIntegrationInput{RestApiId: id, ResourceId: root, HttpMethod: "GET", Type: "MOCK"}))
		first, err := s.CreateDeployment(ctx, &api.CreateDeploymentInput{RestApiId: id, StageName: new("prod")})
		h.Did(first, err)
		second, err := s.CreateDeployment(ctx, &api.CreateDeploymentInput{RestApiId: id, StageName: new("prod"), CanarySettings: &api.DeploymentCanarySettings{PercentTraffic: new(5.0)}})
		h.Did(second, err)
		h.Did(s.UpdateDeployment(ctx, &api.UpdateDeploymentInput{RestApiId: id, DeploymentId: *second.Id, PatchOperations: replace("/description", "d")}))
		h.Did(s.CreateStage(ctx, &api.CreateStageInput{RestApiId: id, StageName: "dev", DeploymentId: *second.Id}))
		h.Did(s.UpdateStage(ctx, &api.UpdateStageInput{RestApiId: id, StageName: "prod", PatchOperations: append(replace("/deploymentId", *second.Id), replace("/*/*/metrics/enabled", "true")...)}))
		h.Did(s.FlushStageCache(ctx, &api.FlushStageCacheInput{RestApiId: id, StageName: "prod"}))
		h.Did(s.FlushStageAuthorizersCache(ctx, &api.FlushStageAuthorizersCacheInput{RestApiId: id, StageName: "prod"}))
		h.Did(s.TagResource(ctx, &api.TagResourceInput{ResourceArn: arn + "/stages/prod", Tags: map[string]string{"a": "b"}}))
		h.Did(s.UntagResource(ctx, &api.UntagResourceInput{ResourceArn: arn + "/stages/prod", TagKeys: []string{"a"}}))
		h.Did(s.DeleteDeployment(ctx, &api.DeleteDeploymentInput{RestApiId: id, DeploymentId: *first.Id}))
		h.Did(s.DeleteStage(ctx, &api.DeleteStageInput{RestApiId: id, StageName: "dev"}))
		h.Did(s.UpdateAccount(ctx, &api.UpdateAccountInput{PatchOperations: replace("/cloudwatchRoleArn", "arn:aws:iam::000000000000:role/r")}))
		h.Did(s.DeleteRestApi(ctx, &api.DeleteRestApiInput{RestApiId: id}))
	})
}

// What is deleted leaves no rows.
func TestADeletedAPILeavesNothing(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	s, ctx := newTestService(st)
	a, err := s.CreateRestApi(ctx, &api.CreateRestApiInput{Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	id, root := *a.Id, *a.RootResourceId
	for _, do := range []func() error{
		func() error {
			_, err := s.PutMethod(ctx, &api.PutMethodInput{RestApiId: id, ResourceId: root, HttpMethod: "GET", AuthorizationType: "NONE"})
			return err
		},
		func() error {
			_, err := s.PutIntegration(ctx, &api.PutIntegrationInput{RestApiId: id, ResourceId: root, HttpMethod: "GET", Type: "MOCK"})
			return err
		},
		func() error {
			_, err := s.CreateDeployment(ctx, &api.CreateDeploymentInput{RestApiId: id, StageName: new("prod")})
			return err
		},
		func() error {
			_, err := s.DeleteRestApi(ctx, &api.DeleteRestApiInput{RestApiId: id})
			return err
		},
	} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
	err = st.View(ctx, func(tx *kv.Tx) error {
		for _, prefix := range []kv.Key{kv.NewKey("000000000000", "us-east-1", "apigateway"), kv.NewKey("", "", "apigateway")} {
			for row, err := range tx.Scan(kv.Prefix(prefix)) {
				if err != nil {
					return err
				}
				t.Errorf("left over: %v", row.Key)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
