package rest_test

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
)

// What is said to whom there is too much of.
const (
	tooMany   = `{"message":"Too Many Requests"}`
	usedUp    = `{"message":"Limit Exceeded"}`
	forbidden = `{"message":"Forbidden"}`
)

// keyed makes an API whose methods want an API key, and a usage plan for it.
func (e *env) keyed(in *apigateway.CreateUsagePlanInput, change ...func(in *apigateway.CreateRestApiInput)) (a *restAPI, planID string) {
	e.t.Helper()
	a = e.restAPI(change...)
	for _, key := range []string{"GET /pets", "GET /other"} {
		a.method(key, &apigateway.PutMethodInput{ApiKeyRequired: true}, &apigateway.PutIntegrationInput{Type: types.IntegrationTypeAwsProxy, Uri: functionURI("echo")})
	}
	a.deploy("prod")
	in.Name = aws.String("plan")
	in.ApiStages = append(in.ApiStages, types.ApiStage{ApiId: &a.id, Stage: aws.String("prod")})
	if len(in.ApiStages) == 2 { // what the caller wants of the stage
		in.ApiStages[1].Throttle, in.ApiStages = in.ApiStages[0].Throttle, in.ApiStages[1:]
	}
	return a, *must[*apigateway.CreateUsagePlanOutput](e.t)(e.APIGateway().CreateUsagePlan(e.t.Context(), in)).Id
}

// key makes an API key of a usage plan.
func (e *env) key(planID, value string, enabled bool) string {
	e.t.Helper()
	id := must[*apigateway.CreateApiKeyOutput](e.t)(e.APIGateway().CreateApiKey(e.t.Context(), &apigateway.CreateApiKeyInput{
		Name: aws.String(value), Value: &value, Enabled: enabled,
	})).Id
	if planID != "" {
		must[*apigateway.CreateUsagePlanKeyOutput](e.t)(e.APIGateway().CreateUsagePlanKey(e.t.Context(), &apigateway.CreateUsagePlanKeyInput{
			UsagePlanId: &planID, KeyId: id, KeyType: aws.String("API_KEY"),
		}))
	}
	return *id
}

func TestAPIKeys(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	a, plan := e.keyed(&apigateway.CreateUsagePlanInput{})
	id := e.key(plan, "the-good-key-is-long-enough", true)
	e.key(plan, "the-disabled-key-is-long-too", false)
	e.key("", "the-key-without-a-plan-is-so", true)
	for _, value := range []string{"", "unknown", "the-disabled-key-is-long-too", "the-key-without-a-plan-is-so"} {
		a.call("GET /pets", "", header("X-Api-Key", value)).is(t, 403, "ForbiddenException", forbidden)
	}
	event := decoded(t, a.call("GET /pets", "", header("X-Api-Key", "the-good-key-is-long-enough")))
	identity := event["requestContext"].(map[string]any)["identity"].(map[string]any)
	if identity["apiKey"] != "the-good-key-is-long-enough" || identity["apiKeyId"] != id {
		t.Errorf("identity %v", identity)
	}
}

func TestAuthorizerNamesTheAPIKey(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.gate("gate", func(map[string]any) string { return "open" })
	a, plan := e.keyed(&apigateway.CreateUsagePlanInput{}, func(in *apigateway.CreateRestApiInput) { in.ApiKeySource = types.ApiKeySourceTypeAuthorizer })
	a.method("GET /gated", &apigateway.PutMethodInput{
		ApiKeyRequired: true, AuthorizationType: aws.String("CUSTOM"), AuthorizerId: a.authorizer(&apigateway.CreateAuthorizerInput{
			Type: types.AuthorizerTypeToken, AuthorizerUri: functionURI("gate"), IdentitySource: aws.String("method.request.header.X-Token"),
		}),
	}, &apigateway.PutIntegrationInput{Type: types.IntegrationTypeAwsProxy, Uri: functionURI("echo")})
	a.deploy("prod")
	a.call("GET /gated", "", header("X-Token", "x")).is(t, 403, "ForbiddenException", forbidden)
	e.key(plan, "the-key-of-ann-is-long-enough", true)
	a.call("GET /gated", "", header("X-Token", "x")).is(t, 200, "", "")
	a.call("GET /pets", "", header("X-Api-Key", "the-key-of-ann-is-long-enough")).is(t, 403, "ForbiddenException", forbidden)
}

// A quota counts to its end and begins again with the next day, on whichever
// method its requests come.
func TestQuota(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	a, plan := e.keyed(&apigateway.CreateUsagePlanInput{Quota: &types.QuotaSettings{Limit: 3, Period: types.QuotaPeriodTypeDay}})
	id := e.key(plan, "the-good-key-is-long-enough", true)
	e.key(plan, "another-good-key-is-long-too", true)
	with := header("X-Api-Key", "the-good-key-is-long-enough")
	for range 2 {
		for i, key := range []string{"GET /pets", "GET /other", "GET /pets", "GET /pets", "GET /other"} {
			got := a.call(key, "", with)
			if i < 3 {
				got.is(t, 200, "", "")
			} else {
				got.is(t, 429, "LimitExceededException", usedUp)
			}
		}
		e.Advance(24 * time.Hour)
	}
	a.call("GET /pets", "", header("X-Api-Key", "another-good-key-is-long-too")).is(t, 200, "", "")
	today := e.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)
	out := must[*apigateway.GetUsageOutput](t)(e.APIGateway().GetUsage(t.Context(), &apigateway.GetUsageInput{UsagePlanId: &plan, KeyId: &id, StartDate: &today, EndDate: &today}))
	if got := fmt.Sprint(out.Items[id]); got != "[[3 0]]" {
		t.Errorf("the use of the day is %s", got)
	}
}

// Whoever is answered has been counted: the use is told at once, however many
// come together.
func TestQuotaIsCountedBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	a, plan := e.keyed(&apigateway.CreateUsagePlanInput{Quota: &types.QuotaSettings{Limit: 20, Period: types.QuotaPeriodTypeMonth}})
	id, today := e.key(plan, "the-good-key-is-long-enough", true), e.Now().UTC().Format(time.DateOnly)
	var asking sync.WaitGroup
	var served atomic.Int64
	for range 8 {
		asking.Go(func() {
			for range 3 {
				if a.call("GET /pets", "", header("X-Api-Key", "the-good-key-is-long-enough")).status == http.StatusOK {
					served.Add(1)
				}
				least := served.Load()
				out, err := e.APIGateway().GetUsage(t.Context(), &apigateway.GetUsageInput{UsagePlanId: &plan, KeyId: &id, StartDate: &today, EndDate: &today})
				if err != nil || len(out.Items[id]) != 1 || out.Items[id][0][0] < least {
					t.Errorf("%d were served and counted as %v, %v", least, out, err)
				}
			}
		})
	}
	asking.Wait()
	if served.Load() != 20 {
		t.Errorf("%d were served, of 20", served.Load())
	}
}

func TestUsagePlanThrottles(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	a, plan := e.keyed(&apigateway.CreateUsagePlanInput{
		Throttle:  &types.ThrottleSettings{RateLimit: 0.001, BurstLimit: 2},
		ApiStages: []types.ApiStage{{Throttle: map[string]types.ThrottleSettings{"/other/GET": {RateLimit: 0.001, BurstLimit: 1}}}},
	})
	e.key(plan, "the-good-key-is-long-enough", true)
	with := header("X-Api-Key", "the-good-key-is-long-enough")
	for key, burst := range map[string]int{"GET /pets": 2, "GET /other": 1} {
		for i := range burst + 1 {
			got := a.call(key, "", with)
			if i < burst {
				got.is(t, 200, "", "")
			} else {
				got.is(t, 429, "TooManyRequestsException", tooMany)
			}
		}
	}
}

func TestStageThrottles(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	a := e.restAPI()
	a.proxy("GET /pets/{id}", "echo")
	a.proxy("GET /free", "echo")
	a.deploy("prod")
	a.patch("prod", "/~1pets~1{id}/GET/throttling/rateLimit", "0.001", "/~1pets~1{id}/GET/throttling/burstLimit", "2")
	for i, want := range []int{200, 200, 429, 429} {
		a.call("GET /pets/"+strconv.Itoa(i), "").is(t, want, "", map[int]string{429: tooMany}[want])
	}
	a.call("GET /free", "").is(t, 200, "", "")
	a.patch("prod", "/description", "a change elsewhere gives no new tokens")
	a.call("GET /pets/1", "").is(t, 429, "TooManyRequestsException", tooMany)
	e.Advance(2000 * time.Second)
	a.call("GET /pets/1", "").is(t, 200, "", "")
}

func TestValidation(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	a := e.restAPI()
	c := e.APIGateway()
	must[*apigateway.CreateModelOutput](t)(c.CreateModel(t.Context(), &apigateway.CreateModelInput{
		RestApiId: &a.id, Name: aws.String("Pet"), ContentType: aws.String("application/json"),
		Schema: aws.String(`{"$schema":"http://json-schema.org/draft-04/schema#","type":"object","required":["name"],"properties":{"name":{"type":"string"}}}`),
	}))
	validator := must[*apigateway.CreateRequestValidatorOutput](t)(c.CreateRequestValidator(t.Context(), &apigateway.CreateRequestValidatorInput{
		RestApiId: &a.id, Name: aws.String("all"), ValidateRequestBody: true, ValidateRequestParameters: true,
	}))
	a.method("POST /pets", &apigateway.PutMethodInput{
		RequestValidatorId: validator.Id, RequestModels: map[string]string{"application/json": "Pet"},
		RequestParameters: map[string]bool{"method.request.querystring.q": true, "method.request.header.X-In": true, "method.request.querystring.may": false},
	}, &apigateway.PutIntegrationInput{Type: types.IntegrationTypeAwsProxy, Uri: functionURI("echo")})
	must[*apigateway.PutGatewayResponseOutput](t)(c.PutGatewayResponse(t.Context(), &apigateway.PutGatewayResponseInput{
		RestApiId: &a.id, ResponseType: types.GatewayResponseTypeBadRequestBody, StatusCode: aws.String("422"),
		ResponseTemplates:  map[string]string{"application/json": `{"error":$context.error.messageString,"why":"$context.error.validationErrorString","type":"$context.error.responseType"}`},
		ResponseParameters: map[string]string{"gatewayresponse.header.Access-Control-Allow-Origin": "'*'", "gatewayresponse.header.X-In": "method.request.header.X-In"},
	}))
	a.deploy("prod")
	json := func(r *http.Request) { r.Header.Set("Content-Type", "application/json"); r.Header.Set("X-In", "in") }
	a.call("POST /pets", "{}").is(t, 400, "BadRequestException", `{"message":"Missing required request parameters: [X-In, q]"}`)
	a.call("POST /pets?may=1", "{}", json).is(t, 400, "BadRequestException", `{"message":"Missing required request parameters: [q]"}`)
	a.call("POST /pets?q=1", `{"name":"rex"}`, json).is(t, 200, "", "")
	got := a.call("POST /pets?q=1", `{"name":7}`, json)
	if got.status != 422 || got.header.Get("Access-Control-Allow-Origin") != "*" || got.header.Get("X-In") != "in" || got.header.Get("X-Amzn-Errortype") != "BadRequestException" {
		t.Errorf("%d %v %s", got.status, got.header, got.body)
	}
	t.Log(got.body)
	a.call("POST /pets?q=1", "free text", header("Content-Type", "text/plain"), header("X-In", "in")).is(t, 200, "", "")
}
