package gateway_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/google/go-cmp/cmp"
)

// scrub takes away what differs from run to run, after a look at its form.
func scrub(t *testing.T, m map[string]any, names ...string) {
	t.Helper()
	for _, name := range names {
		if v, ok := m[name]; !ok || v == "" {
			t.Errorf("no %s", name)
		}
		delete(m, name)
	}
}

func TestEventOfFormat2(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	id := e.api("POST /pets/{id}/{rest+}")
	event := decoded(t, e.do("POST", id+"/pets/a%20b/x/y%2Fz?q=1&q=2&e=", "héllo", func(r *http.Request) {
		r.Header.Add("X-Many", "1")
		r.Header.Add("X-Many", "2")
		r.Header.Set("Cookie", "a=1; b=2")
		r.Header.Set("Content-Type", "text/plain")
		r.Header.Set("User-Agent", "test")
		r.Header.Set("X-Amzn-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")
	}))
	headers := event["headers"].(map[string]any)
	if got := headers["x-amzn-trace-id"].(string); !strings.HasPrefix(got, "Root=1-5759e988-bd862e3fe1be46a994272793;") {
		t.Errorf("trace %s", got)
	}
	scrub(t, headers, "host", "x-amzn-trace-id", "x-forwarded-port", "accept-encoding")
	rc := event["requestContext"].(map[string]any)
	scrub(t, rc, "requestId", "time", "timeEpoch")
	want := map[string]any{
		"version": "2.0", "routeKey": "POST /pets/{id}/{rest+}", "rawPath": "/pets/a b/x/y/z", "rawQueryString": "q=1&q=2&e=",
		"cookies": []any{"a=1", "b=2"},
		"headers": map[string]any{
			"content-length": "6", "content-type": "text/plain", "user-agent": "test", "x-many": "1,2",
			"x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http",
		},
		"queryStringParameters": map[string]any{"q": "1,2", "e": ""},
		"pathParameters":        map[string]any{"id": "a b", "rest": "x/y/z"},
		"body":                  "héllo", "isBase64Encoded": false,
		"requestContext": map[string]any{
			"accountId": "000000000000", "apiId": id, "domainName": id + ".execute-api.us-east-1.amazonaws.com", "domainPrefix": id,
			"http":     map[string]any{"method": "POST", "path": "/pets/a b/x/y/z", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "test"},
			"routeKey": "POST /pets/{id}/{rest+}", "stage": "$default",
		},
	}
	if diff := cmp.Diff(want, event); diff != "" {
		t.Error(diff)
	}
}

func TestEventOfFormat1(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	id := e.api()
	i := e.integration(id, &apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeAwsProxy, PayloadFormatVersion: aws.String("1.0"),
		IntegrationUri: aws.String("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + functionARN("echo") + "/invocations"),
	})
	e.route(id, "GET /pets/{id}", i)
	event := decoded(t, e.get(id+"/pets/7?q=1&q=2", header("User-Agent", "test")))
	rc := event["requestContext"].(map[string]any)
	scrub(t, rc, "requestId", "extendedRequestId", "requestTime", "requestTimeEpoch", "resourceId", "identity")
	delete(event, "headers")
	delete(event, "multiValueHeaders")
	want := map[string]any{
		"version": "1.0", "resource": "/pets/{id}", "path": "/pets/7", "httpMethod": "GET",
		"queryStringParameters":           map[string]any{"q": "2"},
		"multiValueQueryStringParameters": map[string]any{"q": []any{"1", "2"}},
		"pathParameters":                  map[string]any{"id": "7"}, "stageVariables": nil, "body": nil, "isBase64Encoded": false,
		"requestContext": map[string]any{
			"accountId": "000000000000", "apiId": id, "domainName": id + ".execute-api.us-east-1.amazonaws.com", "domainPrefix": id,
			"httpMethod": "GET", "path": "/pets/7", "protocol": "HTTP/1.1", "resourcePath": "/pets/{id}", "stage": "$default",
		},
	}
	if diff := cmp.Diff(want, event); diff != "" {
		t.Error(diff)
	}
}

func TestBinaryBodiesComeInBase64(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	id := e.api("POST /")
	for name, tt := range map[string]struct {
		contentType, body, want string
		encoded                 bool
	}{
		"image":     {"image/png", "\x89PNG", "iVBORw==", true},
		"json":      {"application/json; charset=utf-8", `{"a":1}`, `{"a":1}`, false},
		"vendor":    {"application/vnd.api+json", `{}`, `{}`, false},
		"no UTF-8":  {"text/plain", "\xff", "/w==", true},
		"form":      {"application/x-www-form-urlencoded", "a=1", "YT0x", true},
		"untyped":   {"", "plain", "plain", false},
		"multipart": {"multipart/form-data; boundary=x", "--x", "LS14", true},
	} {
		event := decoded(t, e.do("POST", id+"/", tt.body, header("Content-Type", tt.contentType)))
		if event["body"] != tt.want || event["isBase64Encoded"] != tt.encoded {
			t.Errorf("%s: %v, %v", name, event["body"], event["isBase64Encoded"])
		}
	}
}

func TestAnswersOfFunctions(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	v2 := e.api()
	for format, prefix := range map[string]string{"2.0": "/v2", "1.0": "/v1"} {
		i := e.integration(v2, &apigatewayv2.CreateIntegrationInput{
			IntegrationType: types.IntegrationTypeAwsProxy, IntegrationUri: aws.String(functionARN("answers")), PayloadFormatVersion: aws.String(format),
		})
		e.route(v2, "ANY "+prefix+"/{case}", i)
	}
	broken := answer{status: 500, body: `{"message":"Internal Server Error"}`}
	tests := map[string]struct {
		payload, failed string
		path            string
		want            answer
	}{
		"full":        {payload: `{"statusCode":201,"headers":{"X-A":"1","X-N":2,"X-B":true},"body":"made"}`, path: "/v2/", want: answer{201, http.Header{"X-A": {"1"}, "X-N": {"2"}, "X-B": {"true"}, "Content-Type": {"text/plain;charset=UTF-8"}}, "made"}},
		"cookies":     {payload: `{"statusCode":200,"cookies":["a=1","b=2"],"body":""}`, path: "/v2/", want: answer{200, http.Header{"Set-Cookie": {"a=1", "b=2"}}, ""}},
		"base64":      {payload: `{"statusCode":200,"headers":{"content-type":"image/png"},"body":"iVBORw==","isBase64Encoded":true}`, path: "/v2/", want: answer{200, http.Header{"Content-Type": {"image/png"}}, "\x89PNG"}},
		"inferred":    {payload: `{"hello":"world"}`, path: "/v2/", want: answer{200, http.Header{"Content-Type": {"application/json"}}, `{"hello":"world"}`}},
		"text":        {payload: `"Hello from Lambda!"`, path: "/v2/", want: answer{200, http.Header{"Content-Type": {"application/json"}}, "Hello from Lambda!"}},
		"list":        {payload: `[1,2]`, path: "/v2/", want: answer{200, nil, `[1,2]`}},
		"odd headers": {payload: `{"headers":"no object"}`, path: "/v2/", want: answer{200, nil, `{"headers":"no object"}`}},
		"status text": {payload: `{"statusCode":"204"}`, path: "/v2/", want: answer{204, nil, ""}},
		"bad status":  {payload: `{"statusCode":"abc"}`, path: "/v2/", want: broken},
		"bad body":    {payload: `{"statusCode":200,"body":{"a":1}}`, path: "/v2/", want: broken},
		"bad base64":  {payload: `{"statusCode":200,"body":"%%","isBase64Encoded":true}`, path: "/v2/", want: broken},
		"failed":      {payload: `{"errorMessage":"x"}`, failed: "Unhandled", path: "/v2/", want: broken},
		"v1":          {payload: `{"statusCode":200,"headers":{"X-A":"0"},"multiValueHeaders":{"X-A":["1","2"]},"body":"ok"}`, path: "/v1/", want: answer{200, http.Header{"X-A": {"1", "2"}}, "ok"}},
		"v1 bare":     {payload: `{"hello":"world"}`, path: "/v1/", want: broken},
		"v1 no JSON":  {payload: `hello`, path: "/v1/", want: broken},
		"header line": {payload: `{"statusCode":200,"headers":{"X-A":"1\r\nX-B: 2"}}`, path: "/v2/", want: answer{200, http.Header{"X-A": {"1X-B: 2"}}, ""}},
	}
	e.fn.Set("answers", func(event []byte) (string, string) {
		var in struct{ PathParameters struct{ Case string } }
		if err := json.Unmarshal(event, &in); err != nil {
			return err.Error(), "Unhandled"
		}
		tt := tests[in.PathParameters.Case]
		return tt.payload, tt.failed
	})
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := e.get(v2 + tt.path + strings.ReplaceAll(name, " ", "%20"))
			if got.status != tt.want.status || got.body != tt.want.body {
				t.Errorf("got %d %q, want %d %q", got.status, got.body, tt.want.status, tt.want.body)
			}
			for key, want := range tt.want.header {
				if diff := cmp.Diff(want, got.header[key]); diff != "" {
					t.Errorf("%s: %s", key, diff)
				}
			}
			if got.header.Get("Apigw-Requestid") == "" {
				t.Error("no request id")
			}
		})
	}
}

func TestWhatCannotBeInvoked(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	id := e.api()
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	e.fn.Set("slow", func([]byte) (string, string) { <-release; return "{}", "" })
	for name, want := range map[string]int{"slow": 503, "missing": 500, "throttled": 503} {
		e.route(id, "GET /"+name, e.integration(id, &apigatewayv2.CreateIntegrationInput{
			IntegrationType: types.IntegrationTypeAwsProxy, IntegrationUri: aws.String(functionARN(name)), PayloadFormatVersion: aws.String("2.0"), TimeoutInMillis: aws.Int32(50),
		}))
		if a := e.get(id + "/" + name); a.status != want {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	e.route(id, "GET /websocket", e.integration(id, &apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeAwsProxy, IntegrationUri: aws.String(functionARN("echo")), PayloadFormatVersion: aws.String("2.0"),
	}))
	if a := e.get(id+"/websocket", header("Connection", "Upgrade"), header("Upgrade", "websocket")); a.status != 501 {
		t.Errorf("WebSocket: %d", a.status)
	}
	if a := e.do("GET", id+"/websocket", strings.Repeat("x", 10<<20+1)); a.status != 413 || a.body != `{"message":"Request Entity Too Large"}` {
		t.Errorf("large body: %d %s", a.status, a.body)
	}
	if a := e.get(id+"/websocket", header("X-Large", strings.Repeat("x", 11_000))); a.status != 431 {
		t.Errorf("large header: %d", a.status)
	}
}
