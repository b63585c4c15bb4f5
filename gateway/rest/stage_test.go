package rest_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"maru.dev/maru/internal/testenv"
)

// counting makes a function that numbers its answers.
func (e *env) counting(name string) {
	var n atomic.Int32
	e.fn.Set(name, func([]byte) (string, string) {
		return `{"body":"` + strconv.Itoa(int(n.Add(1))) + `","headers":{"X-N":"1"}}`, ""
	})
}

// keeping makes an API whose stage keeps answers.
func (e *env) keeping(keyParameters ...string) *restAPI {
	e.t.Helper()
	a := e.restAPI()
	e.counting("count")
	e.fn.Says("bad", `{"statusCode":404}`, "")
	a.method("GET /pets/{id}", &apigateway.PutMethodInput{
		RequestParameters: map[string]bool{"method.request.querystring.q": false, "method.request.path.id": true},
	}, &apigateway.PutIntegrationInput{
		Type: types.IntegrationTypeAwsProxy, Uri: functionURI("count"), CacheKeyParameters: append(keyParameters, "method.request.path.id"),
	})
	a.proxy("POST /pets/{id}", "count")
	a.proxy("GET /bad", "bad")
	a.deploy("prod")
	a.patch("prod", "/cacheClusterEnabled", "true", "/cacheClusterSize", "0.5", "/*/*/caching/enabled", "true", "/*/*/caching/ttlInSeconds", "60")
	return a
}

func TestAnswersAreKept(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	a := e.keeping("method.request.querystring.q")
	say := func(what, key, want string, change ...func(r *http.Request)) {
		t.Helper()
		if got := a.call(key, "", change...); got.body != want || got.header.Get("X-N") != "1" {
			t.Errorf("%s: %s, want %s", what, got.body, want)
		}
	}
	say("first", "GET /pets/1?q=a", "1")
	say("again", "GET /pets/1?q=a", "1")
	say("another parameter", "GET /pets/1?q=b", "2")
	say("another path", "GET /pets/2?q=a", "3")
	say("a parameter that is not of the key", "GET /pets/1?q=a&r=1", "1")
	say("not GET", "POST /pets/1?q=a", "4")
	say("not GET again", "POST /pets/1?q=a", "5")
	e.Advance(61 * time.Second)
	say("after its time", "GET /pets/1?q=a", "6")
	must[*apigateway.FlushStageCacheOutput](t)(e.APIGateway().FlushStageCache(t.Context(), &apigateway.FlushStageCacheInput{RestApiId: &a.id, StageName: aws.String("prod")}))
	say("after a flush", "GET /pets/1?q=a", "7")
	a.call("GET /bad", "").is(t, 404, "", "")
	a.call("GET /bad", "").is(t, 404, "", "")
	if n := e.fn.Called("bad"); n != 2 {
		t.Errorf("a failure was kept: %d calls", n)
	}
}

func TestKeptAnswersAreInvalidated(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	a := e.keeping()
	fresh := header("Cache-Control", "max-age=0")
	a.call("GET /pets/1", "").is(t, 200, "", "1")
	a.patch("prod", "/*/*/caching/requireAuthorizationForCacheControl", "false")
	a.call("GET /pets/1", "", fresh).is(t, 200, "", "2")
	a.call("GET /pets/1", "").is(t, 200, "", "2")
	for strategy, status := range map[string]int{"FAIL_WITH_403": 403, "SUCCEED_WITH_RESPONSE_HEADER": 200, "SUCCEED_WITHOUT_RESPONSE_HEADER": 200} {
		a.patch("prod", "/*/*/caching/requireAuthorizationForCacheControl", "true", "/*/*/caching/unauthorizedCacheControlHeaderStrategy", strategy)
		got := a.call("GET /pets/1", "", fresh)
		if got.status != status || status == 200 && got.body != "2" || (got.header.Get("Warning") != "") != (strategy == "SUCCEED_WITH_RESPONSE_HEADER") {
			t.Errorf("%s: %d %s %v", strategy, got.status, got.body, got.header)
		}
	}
}

func TestCanary(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.fn.Says("old", `{"body":"old"}`, "")
	e.fn.Says("new", `{"body":"new"}`, "")
	a := e.restAPI()
	a.proxy("GET /pets", "old")
	a.deploy("prod")
	must[*apigateway.PutIntegrationOutput](t)(e.APIGateway().PutIntegration(t.Context(), &apigateway.PutIntegrationInput{
		RestApiId: &a.id, ResourceId: aws.String(a.resource("/pets")), HttpMethod: aws.String("GET"), IntegrationHttpMethod: aws.String("POST"),
		Type: types.IntegrationTypeAwsProxy, Uri: functionURI("${stageVariables.f}"),
	}))
	must[*apigateway.CreateDeploymentOutput](t)(e.APIGateway().CreateDeployment(t.Context(), &apigateway.CreateDeploymentInput{
		RestApiId: &a.id, StageName: aws.String("prod"), CanarySettings: &types.DeploymentCanarySettings{
			PercentTraffic: 100, StageVariableOverrides: map[string]string{"f": "new"},
		},
	}))
	for percent, want := range map[string]string{"100": "new", "0": "old"} {
		a.patch("prod", "/canarySettings/percentTraffic", percent)
		for range 3 {
			a.call("GET /pets", "").is(t, 200, "", want)
		}
	}
	a.patch("prod", "/canarySettings/percentTraffic", "50")
	seen := map[string]bool{}
	testenv.Eventually(t, "both deployments are served", func() bool {
		seen[a.call("GET /pets", "").body] = true
		return seen["old"] && seen["new"]
	})
}

func TestGatewayResponses(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	a := e.restAPI()
	a.proxy("GET /pets", "missing")
	for kind, in := range map[types.GatewayResponseType]*apigateway.PutGatewayResponseInput{
		types.GatewayResponseTypeDefault4xx: {ResponseTemplates: map[string]string{"application/json": `{"stage":"$context.stage","path":"$context.path","said":$context.error.messageString}`, "text/plain": "sorry"}},
		types.GatewayResponseTypeDefault5xx: {StatusCode: aws.String("599"), ResponseParameters: map[string]string{"gatewayresponse.header.X-Stage": "context.stage", "gatewayresponse.header.X-Q": "method.request.querystring.q"}},
	} {
		in.RestApiId, in.ResponseType = &a.id, kind
		must[*apigateway.PutGatewayResponseOutput](t)(e.APIGateway().PutGatewayResponse(t.Context(), in))
	}
	a.deploy("prod")
	a.call("GET /else", "").is(t, 403, "MissingAuthenticationTokenException", `{"stage":"prod","path":"/prod/else","said":"Missing Authentication Token"}`)
	got := a.call("GET /else", "", header("Accept", "text/plain"))
	got.is(t, 403, "MissingAuthenticationTokenException", "sorry")
	if kind := got.header.Get("Content-Type"); kind != "text/plain" {
		t.Errorf("content type %s", kind)
	}
	got = a.call("GET /pets?q=1", "")
	got.is(t, 599, "InternalServerErrorException", `{"message":"Internal server error"}`)
	if got.header.Get("X-Stage") != "prod" || got.header.Get("X-Q") != "1" {
		t.Errorf("header %v", got.header)
	}
}

// Lines of a log group.
func (e *env) lines(group string) (lines []string) {
	e.t.Helper()
	out, err := e.Logs().FilterLogEvents(e.t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &group})
	if err != nil {
		return nil // it is made with the first line
	}
	for _, l := range out.Events {
		lines = append(lines, *l.Message)
	}
	return lines
}

func TestAccessLog(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	must[*cloudwatchlogs.CreateLogGroupOutput](t)(e.Logs().CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("access")}))
	a := e.restAPI()
	a.proxy("GET /pets/{id}", "echo")
	a.deploy("prod")
	a.patch("prod", "/accessLogSettings/destinationArn", "arn:aws:logs:us-east-1:000000000000:log-group:access",
		"/accessLogSettings/format", `$context.requestId $context.httpMethod $context.resourcePath $context.path $context.status $context.integration.status $context.error.responseType $context.authorizer.principalId $context.stage`)
	good, bad := a.call("GET /pets/1", ""), a.call("GET /else", "")
	want := []string{
		good.header.Get("X-Amzn-Requestid") + " GET /pets/{id} /prod/pets/1 200 200 - - prod",
		bad.header.Get("X-Amzn-Requestid") + " GET - /prod/else 403 - MISSING_AUTHENTICATION_TOKEN - prod",
	}
	testenv.Eventually(t, "the access log has its lines", func() bool { return len(e.lines("access")) == 2 })
	if got := e.lines("access"); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("lines %q, want %q", got, want)
	}
}

func TestExecutionLog(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	a := e.restAPI()
	a.method("POST /pets/{id}", &apigateway.PutMethodInput{}, &apigateway.PutIntegrationInput{
		Type: types.IntegrationTypeMock, RequestTemplates: map[string]string{"application/json": `{"statusCode": 200}`},
	})
	a.response("POST /pets/{id}", "200", &apigateway.PutIntegrationResponseInput{ResponseTemplates: map[string]string{"application/json": "done"}})
	a.deploy("prod")
	a.patch("prod", "/*/*/logging/loglevel", "INFO", "/*/*/logging/dataTrace", "true")
	got := a.call("POST /pets/1?q=x", `{"a":1}`, header("X-Api-Key", "a-secret-key"))
	id := got.header.Get("X-Amzn-Requestid")
	group := "API-Gateway-Execution-Logs_" + a.id + "/prod"
	testenv.Eventually(t, "the execution log has its lines", func() bool { return len(e.lines(group)) > 0 })
	text := strings.Join(e.lines(group), "\n")
	for _, want := range []string{
		"Extended Request Id: " + got.header.Get("X-Amz-Apigw-Id"), "Starting execution for request: " + id, "HTTP Method: POST, Resource Path: /pets/1",
		"Method request path: {id=1}", "Method request query string: {q=x}", `Method request body before transformations: {"a":1}`,
		"Method response body after transformations: done", "Successfully completed execution", "Method completed with status: 200",
	} {
		if !strings.Contains(text, "("+id+") "+want) {
			t.Errorf("no line %q in:\n%s", want, text)
		}
	}
	if strings.Contains(text, "a-secret") {
		t.Errorf("the key is told:\n%s", text)
	}
}

func TestCustomDomainLeadsToRESTAPI(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	a := e.restAPI()
	a.proxy("GET /pets", "echo")
	a.deploy("prod")
	must[*apigateway.CreateDomainNameOutput](t)(e.APIGateway().CreateDomainName(t.Context(), &apigateway.CreateDomainNameInput{
		DomainName: aws.String("api.example.com"), RegionalCertificateArn: aws.String("arn:aws:acm:us-east-1:000000000000:certificate/c"),
		EndpointConfiguration: &types.EndpointConfiguration{Types: []types.EndpointType{types.EndpointTypeRegional}},
	}))
	must[*apigateway.CreateBasePathMappingOutput](t)(e.APIGateway().CreateBasePathMapping(t.Context(), &apigateway.CreateBasePathMappingInput{
		DomainName: aws.String("api.example.com"), BasePath: aws.String("v1"), RestApiId: &a.id, Stage: aws.String("prod"),
	}))
	event := decoded(t, e.do("GET", "/v1/pets", "", func(r *http.Request) { r.Host = "api.example.com" }))
	context := event["requestContext"].(map[string]any)
	if event["path"] != "/v1/pets" || context["path"] != "/v1/pets" || context["domainName"] != "api.example.com" || event["resource"] != "/pets" {
		t.Errorf("event %v", event)
	}
}

// An integration may be an operation of a service of AWS, in that service's own
// protocol.
func TestServiceIntegration(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	queue := must[*sqs.CreateQueueOutput](t)(e.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q")}))
	a := e.restAPI()
	a.method("POST /messages", &apigateway.PutMethodInput{}, &apigateway.PutIntegrationInput{
		Type: types.IntegrationTypeAws, Uri: aws.String("arn:aws:apigateway:us-east-1:sqs:path/000000000000/q"), Credentials: aws.String("arn:aws:iam::000000000000:role/r"),
		RequestParameters: map[string]string{"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"},
		RequestTemplates:  map[string]string{"application/json": "Action=SendMessage&MessageBody=$util.urlEncode($input.body)"},
	})
	a.response("POST /messages", "202", &apigateway.PutIntegrationResponseInput{
		ResponseTemplates: map[string]string{"application/json": `{"id":"$input.path('$.SendMessageResponse.SendMessageResult.MessageId')"}`},
	})
	a.deploy("prod")
	got := a.call("POST /messages", "hello & more")
	var out struct{ ID string }
	if err := json.Unmarshal([]byte(got.body), &out); err != nil || got.status != 202 || out.ID == "" {
		t.Fatalf("%d %s (%v)", got.status, got.body, err)
	}
	messages := must[*sqs.ReceiveMessageOutput](t)(e.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: queue.QueueUrl}))
	if len(messages.Messages) != 1 || *messages.Messages[0].Body != "hello & more" {
		t.Errorf("messages %v", messages.Messages)
	}
}
