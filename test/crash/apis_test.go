package crash_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	v2types "github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"maru.dev/maru/internal/testenv"
)

// fetch asks an API of a gateway, with an API key where one is given, and
// returns its answer.
func fetch(ctx context.Context, env *testenv.Proc, api, path, key string) (status int, body []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, env.URL()+"/_maru/execute-api/"+api+"/"+path, nil)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("X-Api-Key", key)
	reply, err := env.HTTP().Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer reply.Body.Close()
	body, err = io.ReadAll(reply.Body)
	return reply.StatusCode, body, err
}

// restAPI is the API of one client: GET /version answers what was deployed last,
// to the API key of its usage plan.
type restAPI struct {
	id, resource, plan, keyID, key string
}

// restAPIs: a stage serves what was deployed last, API keys are there and in
// their plan, and a plan has counted what was answered.
type restAPIs struct {
	env  *testenv.Proc
	apis [clients]restAPI

	deployed cells   // by client: what the stage serves
	keys     ledger  // API keys that were made and put into a plan
	used     tallies // by client: requests with the client's key
}

// mute implements work.
func (w *restAPIs) mute(on bool) {
	w.deployed.mute(on)
	w.keys.mute(on)
	w.used.mute(on)
}

func (w *restAPIs) prepare(t *testing.T) {
	t.Helper()
	w.keys.late = true // keys are listed as a whole
	for n := range clients {
		if err := w.apis[n].make(t.Context(), w.env, n); err != nil {
			t.Fatal(err)
		}
	}
}

// make makes the API of a client.
func (a *restAPI) make(ctx context.Context, env *testenv.Proc, client int) error {
	c, name := env.APIGateway(), aws.String(fmt.Sprint("rest-", client))
	made, err := c.CreateRestApi(ctx, &apigateway.CreateRestApiInput{Name: name})
	if err != nil {
		return err
	}
	resource, err := c.CreateResource(ctx, &apigateway.CreateResourceInput{RestApiId: made.Id, ParentId: made.RootResourceId, PathPart: aws.String("version")})
	if err != nil {
		return err
	}
	a.id, a.resource, a.key = *made.Id, *resource.Id, fmt.Sprintf("the-api-key-of-client-%d", client)
	get := aws.String(http.MethodGet)
	if _, err := c.PutMethod(ctx, &apigateway.PutMethodInput{RestApiId: made.Id, ResourceId: resource.Id, HttpMethod: get, AuthorizationType: aws.String("NONE"), ApiKeyRequired: true}); err != nil {
		return err
	}
	if _, err := c.PutIntegration(ctx, &apigateway.PutIntegrationInput{
		RestApiId: made.Id, ResourceId: resource.Id, HttpMethod: get, Type: types.IntegrationTypeMock,
		RequestTemplates: map[string]string{"application/json": `{"statusCode":200}`},
	}); err != nil {
		return err
	}
	if _, err := c.PutMethodResponse(ctx, &apigateway.PutMethodResponseInput{RestApiId: made.Id, ResourceId: resource.Id, HttpMethod: get, StatusCode: aws.String("200")}); err != nil {
		return err
	}
	if err := a.deploy(ctx, env, 0); err != nil {
		return err
	}
	plan, err := c.CreateUsagePlan(ctx, &apigateway.CreateUsagePlanInput{
		Name: name, ApiStages: []types.ApiStage{{ApiId: made.Id, Stage: aws.String("prod")}}, Quota: &types.QuotaSettings{Limit: 1_000_000_000, Period: types.QuotaPeriodTypeMonth},
	})
	if err != nil {
		return err
	}
	a.plan = *plan.Id
	a.keyID, err = a.addKey(ctx, env, *name, &a.key)
	return err
}

// deploy has the stage answer with a version.
func (a *restAPI) deploy(ctx context.Context, env *testenv.Proc, version int) error {
	if _, err := env.APIGateway().PutIntegrationResponse(ctx, &apigateway.PutIntegrationResponseInput{
		RestApiId: &a.id, ResourceId: &a.resource, HttpMethod: aws.String(http.MethodGet), StatusCode: aws.String("200"),
		ResponseTemplates: map[string]string{"application/json": fmt.Sprint(version)},
	}); err != nil {
		return err
	}
	_, err := env.APIGateway().CreateDeployment(ctx, &apigateway.CreateDeploymentInput{RestApiId: &a.id, StageName: aws.String("prod"), Description: aws.String(fmt.Sprint(version))})
	return err
}

// addKey makes an API key and puts it into the plan.
func (a *restAPI) addKey(ctx context.Context, env *testenv.Proc, name string, value *string) (id string, err error) {
	key, err := env.APIGateway().CreateApiKey(ctx, &apigateway.CreateApiKeyInput{Name: &name, Value: value, Enabled: true})
	if err != nil {
		return "", err
	}
	_, err = env.APIGateway().CreateUsagePlanKey(ctx, &apigateway.CreateUsagePlanKeyInput{UsagePlanId: &a.plan, KeyId: key.Id, KeyType: aws.String("API_KEY")})
	return *key.Id, err
}

// client deploys, makes keys, and asks its API.
func (w *restAPIs) client(ctx context.Context, more func() bool, number int, random *rand.Rand) {
	a, of := &w.apis[number], fmt.Sprint(number)
	for more() {
		switch random.IntN(8) {
		case 0:
			version := w.deployed.next(of)
			if a.deploy(ctx, w.env, version) != nil {
				return
			}
			w.deployed.ack(of, version)
		case 1:
			name := w.keys.name(number)
			if _, err := a.addKey(ctx, w.env, name, nil); err != nil {
				return
			}
			w.keys.ack(name)
		default:
			w.used.try(of)
			status, _, err := fetch(ctx, w.env, a.id, "prod/version", a.key)
			if err != nil || status != http.StatusOK {
				return
			}
			w.used.ack(of)
		}
		breath()
	}
}

func (w *restAPIs) check(t *testing.T) {
	serves, used, keys := make(map[string]int), make(map[string]int), make(map[string]int)
	for n := range clients {
		a, of := &w.apis[n], fmt.Sprint(n)
		w.used.try(of)
		status, body, err := fetch(t.Context(), w.env, a.id, "prod/version", a.key)
		if err != nil || status != http.StatusOK {
			t.Fatalf("API %s answers %d, %v: %s", a.id, status, err, body)
		}
		w.used.ack(of)
		used[of] = a.used(t, w.env)
		if version := number(t, string(body)); version > 0 {
			serves[of] = version
		}
		pages := apigateway.NewGetUsagePlanKeysPaginator(w.env.APIGateway(), &apigateway.GetUsagePlanKeysInput{UsagePlanId: &a.plan, Limit: aws.Int32(500)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, key := range page.Items {
				if *key.Id != a.keyID {
					keys[*key.Name]++
				}
			}
		}
	}
	w.deployed.compare(t, serves)
	w.used.compare(t, used)
	w.keys.compare(t, keys)
	w.keys.forget()
}

// used is how many requests with the API's key its plan has counted.
func (a *restAPI) used(t *testing.T, env *testenv.Proc) (sum int) {
	t.Helper()
	day := func(days int) *string { return aws.String(now(t, env).AddDate(0, 0, days).Format("2006-01-02")) }
	out, err := env.APIGateway().GetUsage(t.Context(), &apigateway.GetUsageInput{UsagePlanId: &a.plan, KeyId: &a.keyID, StartDate: day(-2), EndDate: day(2)})
	if err != nil {
		t.Fatal(err)
	}
	for _, ofDay := range out.Items[a.keyID] {
		sum += int(ofDay[0])
	}
	return sum
}

// httpAPIs: a route that was made is served from then on, and one that was
// deleted is not. Each client has an API of its own.
type httpAPIs struct {
	env *testenv.Proc
	ids [clients]string
	to  [clients]string // the integrations
	ledger
}

func (w *httpAPIs) prepare(t *testing.T) {
	t.Helper()
	c := w.env.APIGatewayV2()
	for n := range clients {
		made, err := c.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: aws.String(fmt.Sprint("http-", n)), ProtocolType: v2types.ProtocolTypeHttp})
		if err != nil {
			t.Fatal(err)
		}
		to, err := c.CreateIntegration(t.Context(), &apigatewayv2.CreateIntegrationInput{
			ApiId: made.ApiId, IntegrationType: v2types.IntegrationTypeHttpProxy, IntegrationMethod: aws.String(http.MethodGet),
			IntegrationUri: aws.String(w.env.URL() + "/_maru/health"), PayloadFormatVersion: aws.String("1.0"),
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.CreateStage(t.Context(), &apigatewayv2.CreateStageInput{ApiId: made.ApiId, StageName: aws.String("$default"), AutoDeploy: aws.Bool(true)}); err != nil {
			t.Fatal(err)
		}
		w.ids[n], w.to[n] = *made.ApiId, *to.IntegrationId
	}
}

// client makes routes, and deletes half of them.
func (w *httpAPIs) client(ctx context.Context, more func() bool, number int, random *rand.Rand) {
	for more() {
		name := w.name(number)
		made, err := w.env.APIGatewayV2().CreateRoute(ctx, &apigatewayv2.CreateRouteInput{
			ApiId: &w.ids[number], RouteKey: aws.String("GET /" + name), Target: aws.String("integrations/" + w.to[number]),
		})
		if err != nil {
			return
		}
		w.ack(name)
		breath()
		if random.IntN(2) == 0 {
			continue
		}
		_, err = w.env.APIGatewayV2().DeleteRoute(ctx, &apigatewayv2.DeleteRouteInput{ApiId: &w.ids[number], RouteId: made.RouteId})
		if w.gone(name, err == nil); err != nil {
			return
		}
	}
}

func (w *httpAPIs) check(t *testing.T) {
	found := make(map[string]int)
	for n := range clients {
		out, err := w.env.APIGatewayV2().GetRoutes(t.Context(), &apigatewayv2.GetRoutesInput{ApiId: &w.ids[n], MaxResults: aws.String("500")})
		if err != nil || out.NextToken != nil {
			t.Fatalf("routes: %+v, %v", out, err)
		}
		for _, route := range out.Items {
			name := strings.TrimPrefix(*route.RouteKey, "GET /")
			found[name]++
			status, body, err := fetch(t.Context(), w.env, w.ids[n], "$default/"+name, "")
			if err != nil || status != http.StatusOK || !json.Valid(body) {
				t.Errorf("route %s answers %d, %v: %s", name, status, err, body)
			}
			// An API has 300 routes at most.
			if _, err := w.env.APIGatewayV2().DeleteRoute(t.Context(), &apigatewayv2.DeleteRouteInput{ApiId: &w.ids[n], RouteId: route.RouteId}); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.compare(t, found)
	w.forget()
}
