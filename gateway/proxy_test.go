package gateway_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service/logs"
	sqsservice "maru.dev/maru/service/sqs"
)

// seen is a request as a server got it.
type seen struct {
	Method, Path, Query, Body, Host string
	Header                          http.Header
}

// newServer starts a server that answers what it got.
func newServer(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path == "/slow" {
			<-r.Context().Done()
			return
		}
		w.Header().Set("X-From", "server")
		w.Header().Set("Keep-Alive", "timeout=5")
		w.Header().Set("Content-Type", "application/json")
		if code := r.URL.Query().Get("status"); code != "" {
			var n int
			_, _ = fmt.Sscan(code, &n)
			w.WriteHeader(n)
		}
		_ = json.NewEncoder(w).Encode(seen{r.Method, r.URL.Path, r.URL.RawQuery, string(body), r.Host, r.Header})
	}))
	t.Cleanup(s.Close)
	return s
}

// proxied sends a request and reads what the server got.
func proxied(t *testing.T, a answer) seen {
	t.Helper()
	if a.status != 200 {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	var s seen
	if err := json.Unmarshal([]byte(a.body), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestHTTPIntegration(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	server := newServer(t)
	id := e.api()
	add := func(key, uri, method string) {
		t.Helper()
		e.route(id, key, e.integration(id, &apigatewayv2.CreateIntegrationInput{
			IntegrationType: types.IntegrationTypeHttpProxy, IntegrationUri: aws.String(uri), IntegrationMethod: aws.String(method), TimeoutInMillis: aws.Int32(2000),
		}))
	}
	add("ANY /pets/{id}/{rest+}", server.URL+"/v1/{id}/x/{rest}", "ANY")
	add("GET /fixed", server.URL+"/fixed?a=1", "PUT")
	add("GET /slow", server.URL+"/slow", "GET")
	add("GET /down", "http://127.0.0.1:1/", "GET")

	got := proxied(t, e.do("POST", id+"/pets/a%20b/c/d?q=1&q=2", "body", header("X-A", "1"), header("Te", "trailers"), header("X-Forwarded-For", "10.0.0.1")))
	if got.Method != http.MethodPost || got.Path != "/v1/a b/x/c/d" || got.Query != "q=1&q=2" || got.Body != "body" || got.Header.Get("X-A") != "1" {
		t.Errorf("%+v", got)
	}
	if got.Host != strings.TrimPrefix(server.URL, "http://") || got.Header.Get("X-Forwarded-For") != "10.0.0.1, 127.0.0.1" || got.Header.Get("Te") != "" {
		t.Errorf("%+v", got)
	}
	if !strings.HasPrefix(got.Header.Get("X-Amzn-Trace-Id"), "Root=1-") {
		t.Errorf("trace %q", got.Header.Get("X-Amzn-Trace-Id"))
	}
	if got := proxied(t, e.get(id+"/fixed?b=2")); got.Method != http.MethodPut || got.Query != "a=1&b=2" {
		t.Errorf("%+v", got)
	}
	for path, want := range map[string]int{"/slow": 504, "/down": 503, "/pets/1/2?status=418": 418} {
		if a := e.get(id + path); a.status != want {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	if a := e.do("POST", id+"/pets/1/2", strings.Repeat("x", 10<<20+1)); a.status != 413 {
		t.Errorf("large body: %d", a.status)
	}
	unannounced := func(r *http.Request) { r.ContentLength = -1 }
	if a := e.do("POST", id+"/pets/1/2", strings.Repeat("x", 10<<20+1), unannounced); a.status != 413 {
		t.Errorf("large body of unknown length: %d", a.status)
	}
	if got := proxied(t, e.do("POST", id+"/pets/1/2", "chunks", unannounced)); got.Body != "chunks" {
		t.Errorf("body of unknown length: %q", got.Body)
	}
}

func TestAnswersAreStreamed(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	more := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "first")
		_ = http.NewResponseController(w).Flush()
		<-more
		_, _ = io.WriteString(w, " second")
	}))
	t.Cleanup(server.Close)
	id := e.api()
	e.route(id, "GET /", e.integration(id, &apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeHttpProxy, IntegrationUri: aws.String(server.URL), IntegrationMethod: aws.String("GET"),
	}))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.URL()+"/_maru/execute-api/"+id+"/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	out, err := e.HTTP().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close()
	first := make([]byte, 5)
	if _, err := io.ReadFull(out.Body, first); err != nil || string(first) != "first" {
		t.Fatalf("%q, %v", first, err)
	}
	close(more) // only now does the server go on
	rest, err := io.ReadAll(out.Body)
	if err != nil || string(rest) != " second" {
		t.Errorf("%q, %v", rest, err)
	}
}

func TestParameterMapping(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	server := newServer(t)
	id := e.api()
	e.route(id, "POST /m/{id}", e.integration(id, &apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeHttpProxy, IntegrationUri: aws.String(server.URL + "/"), IntegrationMethod: aws.String("ANY"),
		RequestParameters: map[string]string{
			"append:header.x-static": "one", "overwrite:header.x-agent": "$request.header.User-Agent", "remove:header.x-gone": "''",
			"append:querystring.user": "$request.body.user.name", "overwrite:querystring.q": "$context.stage", "remove:querystring.secret": "''",
			"overwrite:path": "/to/${request.path.id}/${stageVariables.env}",
		},
		ResponseParameters: map[string]map[string]string{
			"200": {"append:header.x-new": "$response.header.X-From", "remove:header.x-from": "''", "overwrite:header.x-body": "$response.body.Method"},
			"404": {"overwrite:statuscode": "403", "append:header.x-id": "$context.requestId"},
		},
	}))
	must[*apigatewayv2.UpdateStageOutput](t)(e.APIGatewayV2().UpdateStage(t.Context(), &apigatewayv2.UpdateStageInput{
		ApiId: &id, StageName: aws.String("$default"), StageVariables: map[string]string{"env": "test"},
	}))
	a := e.do("POST", id+"/m/7?q=old&secret=1&keep=2", `{"user":{"name":"ann"}}`, header("X-Static", "zero"), header("X-Gone", "1"), header("User-Agent", "me"))
	got := proxied(t, a)
	if got.Path != "/to/7/test" || got.Query != "keep=2&q=%24default&user=ann" {
		t.Errorf("%s?%s", got.Path, got.Query)
	}
	if h := got.Header; strings.Join(h["X-Static"], ",") != "zero,one" || h.Get("X-Agent") != "me" || h.Get("X-Gone") != "" {
		t.Errorf("%v", h)
	}
	if h := a.header; h.Get("X-New") != "server" || h.Get("X-From") != "" || h.Get("X-Body") != "POST" {
		t.Errorf("%v", h)
	}
	if a := e.do("POST", id+"/m/7?status=404", ""); a.status != 403 || a.header.Get("X-Id") == "" {
		t.Errorf("%d %v", a.status, a.header)
	}
}

func TestAServiceIntegrationSendsAMessage(t *testing.T) {
	t.Parallel()
	e := newEnv(t, sqsservice.Registration())
	q := must[*sqs.CreateQueueOutput](t)(e.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q")}))
	id := e.api()
	e.route(id, "POST /send", e.integration(id, &apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeAwsProxy, IntegrationSubtype: aws.String("SQS-SendMessage"), PayloadFormatVersion: aws.String("1.0"),
		CredentialsArn:    aws.String("arn:aws:iam::000000000000:role/send"),
		RequestParameters: map[string]string{"QueueUrl": "$request.header.queue", "MessageBody": "$request.body.text", "DelaySeconds": "0"},
	}))
	a := e.do("POST", id+"/send", `{"text":"hello"}`, header("Queue", *q.QueueUrl))
	if a.status != 200 || !strings.Contains(a.body, "MessageId") {
		t.Fatalf("%d %s", a.status, a.body)
	}
	got := must[*sqs.ReceiveMessageOutput](t)(e.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: q.QueueUrl}))
	if len(got.Messages) != 1 || *got.Messages[0].Body != "hello" {
		t.Errorf("%+v", got.Messages)
	}
	if a := e.do("POST", id+"/send", `{"text":"hello"}`, header("Queue", *q.QueueUrl+"x")); a.status != 400 {
		t.Errorf("no such queue: %d %s", a.status, a.body)
	}
}

func TestThrottlingCountsByRoute(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	id := e.api("GET /a", "GET /b")
	must[*apigatewayv2.UpdateStageOutput](t)(e.APIGatewayV2().UpdateStage(t.Context(), &apigatewayv2.UpdateStageInput{
		ApiId: &id, StageName: aws.String("$default"),
		RouteSettings: map[string]types.RouteSettings{"GET /a": {ThrottlingBurstLimit: aws.Int32(2), ThrottlingRateLimit: aws.Float64(0.001)}},
	}))
	for i, want := range []int{200, 200, 429} {
		if a := e.get(id + "/a"); a.status != want || want == 429 && a.body != `{"message":"Too Many Requests"}` {
			t.Errorf("%d: %d %s", i, a.status, a.body)
		}
	}
	if a := e.get(id + "/b"); a.status != 200 {
		t.Errorf("another route: %d", a.status)
	}
	must[*apigatewayv2.UpdateApiOutput](t)(e.APIGatewayV2().UpdateApi(t.Context(), &apigatewayv2.UpdateApiInput{ApiId: &id, Description: aws.String("new")}))
	if a := e.get(id + "/a"); a.status != 429 {
		t.Errorf("a change of the API gave new tokens: %d", a.status)
	}
	e.Advance(1001 * time.Second)
	if a := e.get(id + "/a"); a.status != 200 {
		t.Errorf("later: %d", a.status)
	}
}

func TestAccessLogLines(t *testing.T) {
	t.Parallel()
	e := newEnv(t, logs.Registration())
	id := e.api("GET /a/{x}")
	must[*cloudwatchlogs.CreateLogGroupOutput](t)(e.Logs().CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("/api")}))
	must[*apigatewayv2.UpdateStageOutput](t)(e.APIGatewayV2().UpdateStage(t.Context(), &apigatewayv2.UpdateStageInput{
		ApiId: &id, StageName: aws.String("$default"), AccessLogSettings: &types.AccessLogSettings{
			DestinationArn: aws.String("arn:aws:logs:us-east-1:000000000000:log-group:/api"),
			Format:         aws.String(`{"id":"$context.requestId","key":"$context.routeKey","status":$context.status,"error":"$context.error.message","user":"$context.authorizer.claims.sub"}`),
		},
	}))
	a := e.get(id + "/a/1")
	e.get(id + "/nothing")
	var lines []string
	testenv.Eventually(t, "two lines in the access log", func() bool {
		out, err := e.Logs().FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("/api")})
		if err != nil {
			t.Fatal(err)
		}
		lines = lines[:0]
		for _, ev := range out.Events {
			lines = append(lines, *ev.Message)
		}
		return len(lines) == 2
	})
	if want := `{"id":"` + a.header.Get("Apigw-Requestid") + `","key":"GET /a/{x}","status":200,"error":"-","user":"-"}`; lines[0] != want {
		t.Errorf("got %s, want %s", lines[0], want)
	}
	if !strings.Contains(lines[1], `"key":"-","status":404,"error":"Not Found"`) {
		t.Error(lines[1])
	}
}
