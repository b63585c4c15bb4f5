package golden_test

import (
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	v2 "github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"maru.dev/maru/internal/testenv"
)

// apiKey is the key of the REST API's client.
const apiKey = "the-key-of-the-golden-client"

// writeRESTAPIs makes an API whose stage serves what was deployed, not what was
// changed since, to an API key with a plan that has counted one request.
func writeRESTAPIs(t *testing.T, p *testenv.Proc) {
	t.Helper()
	c := p.APIGateway()
	made, err := c.CreateRestApi(t.Context(), &apigateway.CreateRestApiInput{Name: new("rest"), Description: new("made then"), Tags: map[string]string{"made": "then"}})
	if err != nil {
		t.Fatal(err)
	}
	resource, err := c.CreateResource(t.Context(), &apigateway.CreateResourceInput{RestApiId: made.Id, ParentId: made.RootResourceId, PathPart: new("{name}")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.CreateModel(t.Context(), &apigateway.CreateModelInput{
		RestApiId: made.Id, Name: new("Greeting"), ContentType: new("application/json"), Schema: new(`{"type":"object","required":["hello"]}`),
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.PutMethod(t.Context(), &apigateway.PutMethodInput{
		RestApiId: made.Id, ResourceId: resource.Id, HttpMethod: new("GET"), AuthorizationType: new("NONE"), ApiKeyRequired: true,
		RequestParameters: map[string]bool{"method.request.path.name": true},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.PutIntegration(t.Context(), &apigateway.PutIntegrationInput{
		RestApiId: made.Id, ResourceId: resource.Id, HttpMethod: new("GET"), Type: types.IntegrationTypeMock,
		RequestTemplates: map[string]string{"application/json": `{"statusCode":200}`},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.PutMethodResponse(t.Context(), &apigateway.PutMethodResponseInput{
		RestApiId: made.Id, ResourceId: resource.Id, HttpMethod: new("GET"), StatusCode: new("200"), ResponseModels: map[string]string{"application/json": "Greeting"},
	}); err != nil {
		t.Fatal(err)
	}
	answers(t, p, *made.Id, *resource.Id, `{"hello":"$input.params('name')","said":"$stageVariables.said"}`)
	if _, err := c.CreateDeployment(t.Context(), &apigateway.CreateDeploymentInput{RestApiId: made.Id, StageName: new("prod"), Variables: map[string]string{"said": "then"}}); err != nil {
		t.Fatal(err)
	}
	answers(t, p, *made.Id, *resource.Id, `{"hello":"nobody"}`)
	plan, err := c.CreateUsagePlan(t.Context(), &apigateway.CreateUsagePlanInput{
		Name: new("plan"), ApiStages: []types.ApiStage{{ApiId: made.Id, Stage: new("prod")}}, Quota: &types.QuotaSettings{Limit: 3, Period: types.QuotaPeriodTypeMonth},
	})
	if err != nil {
		t.Fatal(err)
	}
	key, err := c.CreateApiKey(t.Context(), &apigateway.CreateApiKeyInput{Name: new("client"), Value: new(apiKey), Enabled: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.CreateUsagePlanKey(t.Context(), &apigateway.CreateUsagePlanKeyInput{UsagePlanId: plan.Id, KeyId: key.Id, KeyType: new("API_KEY")}); err != nil {
		t.Fatal(err)
	}
	if status, body := fetch(t, p, *made.Id, "prod/you"); status != http.StatusOK {
		t.Fatalf("the API answers %d: %s", status, body)
	}
}

// answers has a method answer by a template.
func answers(t *testing.T, p *testenv.Proc, api, resource, template string) {
	t.Helper()
	if _, err := p.APIGateway().PutIntegrationResponse(t.Context(), &apigateway.PutIntegrationResponseInput{
		RestApiId: &api, ResourceId: &resource, HttpMethod: new("GET"), StatusCode: new("200"), ResponseTemplates: map[string]string{"application/json": template},
	}); err != nil {
		t.Fatal(err)
	}
}

// fetch asks an API of a gateway with the golden client's key.
func fetch(t *testing.T, p *testenv.Proc, api, path string) (status int, body string) {
	t.Helper()
	got := p.Ask(t, http.MethodGet, "/_maru/execute-api/"+api+"/"+path, "", func(r *http.Request) { r.Header.Set("X-Api-Key", apiKey) })
	return got.Status, got.Body
}

// checkRESTAPIs asks the stage until the plan's quota is used up, and deploys what
// was changed then.
func checkRESTAPIs(t *testing.T, p *testenv.Proc) {
	all, err := p.APIGateway().GetRestApis(t.Context(), &apigateway.GetRestApisInput{})
	if err != nil || len(all.Items) != 1 || *all.Items[0].Description != "made then" || all.Items[0].Tags["made"] != "then" {
		t.Fatalf("APIs: %+v, %v", all, err)
	}
	id := all.Items[0].Id
	if _, err := p.APIGateway().GetModel(t.Context(), &apigateway.GetModelInput{RestApiId: id, ModelName: new("Greeting")}); err != nil {
		t.Errorf("model: %v", err)
	}
	if status, body := fetch(t, p, *id, "prod/you"); status != http.StatusOK || body != `{"hello":"you","said":"then"}` {
		t.Errorf("the API answers %d: %s", status, body)
	}
	if _, err := p.APIGateway().CreateDeployment(t.Context(), &apigateway.CreateDeploymentInput{RestApiId: id, StageName: new("prod")}); err != nil {
		t.Fatal(err)
	}
	if status, body := fetch(t, p, *id, "prod/you"); status != http.StatusOK || body != `{"hello":"nobody"}` {
		t.Errorf("what was changed then is answered with %d: %s", status, body)
	}
	if status, body := fetch(t, p, *id, "prod/you"); status != http.StatusTooManyRequests {
		t.Errorf("the request beyond the quota, of which one was used then, is answered with %d: %s", status, body)
	}
}

// writeHTTPAPIs makes an API with a route into a queue.
func writeHTTPAPIs(t *testing.T, p *testenv.Proc) {
	t.Helper()
	createQueue(t, p, "routed")
	c := p.APIGatewayV2()
	made, err := c.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: new("http"), ProtocolType: v2.ProtocolTypeHttp, CorsConfiguration: &v2.Cors{AllowOrigins: []string{"https://maru.dev"}}})
	if err != nil {
		t.Fatal(err)
	}
	to, err := c.CreateIntegration(t.Context(), &apigatewayv2.CreateIntegrationInput{
		ApiId: made.ApiId, IntegrationType: v2.IntegrationTypeAwsProxy, IntegrationSubtype: new("SQS-SendMessage"), PayloadFormatVersion: new("1.0"), CredentialsArn: new(role),
		RequestParameters: map[string]string{"QueueUrl": *queueURL(t, p, "routed"), "MessageBody": "${request.path.name} by way of ${context.stage}"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.CreateRoute(t.Context(), &apigatewayv2.CreateRouteInput{ApiId: made.ApiId, RouteKey: new("GET /to/{name}"), Target: new("integrations/" + *to.IntegrationId)}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.CreateStage(t.Context(), &apigatewayv2.CreateStageInput{ApiId: made.ApiId, StageName: new("$default"), AutoDeploy: new(true)}); err != nil {
		t.Fatal(err)
	}
}

// checkHTTPAPIs sends a message through the route.
func checkHTTPAPIs(t *testing.T, p *testenv.Proc) {
	all, err := p.APIGatewayV2().GetApis(t.Context(), &apigatewayv2.GetApisInput{})
	if err != nil || len(all.Items) != 1 || all.Items[0].CorsConfiguration.AllowOrigins[0] != "https://maru.dev" {
		t.Fatalf("APIs: %+v, %v", all, err)
	}
	if status, body := fetch(t, p, *all.Items[0].ApiId, "$default/to/you"); status != http.StatusOK {
		t.Errorf("the route answers %d: %s", status, body)
	}
	if got := bodies(take(t, p, "routed", 1)); got[0] != "you by way of $default" {
		t.Errorf("the route sent %q", got[0])
	}
}
