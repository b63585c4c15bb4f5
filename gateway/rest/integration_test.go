package rest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
)

func TestProxyAnswers(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	a := e.restAPI(func(in *apigateway.CreateRestApiInput) { in.BinaryMediaTypes = []string{"image/png"} })
	for name, payload := range map[string]string{
		"full":   `{"statusCode":201,"headers":{"X-A":"1","Date":"never","Content-Type":"text/x"},"multiValueHeaders":{"X-B":["1","2"]},"body":"hello"}`,
		"empty":  `{}`,
		"text":   `"hello"`,
		"odd":    `{"statusCode":200,"message":"x"}`,
		"status": `{"statusCode":"ok"}`,
		"body":   `{"statusCode":200,"body":{"a":1}}`,
		"null":   `null`,
		"image":  `{"statusCode":200,"headers":{"Content-Type":"image/png"},"body":"iVBORw==","isBase64Encoded":true}`,
	} {
		e.fn.Says(name, payload, "")
		a.proxy("GET /"+name, name)
	}
	e.fn.Says("failing", `{"errorMessage":"boom"}`, "Unhandled")
	a.proxy("GET /failing", "failing")
	a.proxy("GET /missing", "missing")
	a.deploy("prod")
	full := a.call("GET /full", "")
	full.is(t, 201, "", "hello")
	if h := full.header; h.Get("X-A") != "1" || textOf(h["X-B"]) != "[1 2]" || h.Get("X-Amzn-Remapped-Date") != "never" || h.Get("Content-Type") != "text/x" || h.Get("X-Amzn-Trace-Id") == "" {
		t.Errorf("header %v", h)
	}
	a.call("GET /empty", "").is(t, 200, "", "")
	for _, name := range []string{"text", "odd", "status", "body", "null", "failing"} {
		a.call("GET /"+name, "").is(t, 502, "InternalServerErrorException", `{"message":"Internal server error"}`)
	}
	a.call("GET /missing", "").is(t, 500, "InternalServerErrorException", `{"message":"Internal server error"}`)
	for accept, want := range map[string]string{"": "\x89PNG", "image/png": "\x89PNG", "image/png,*/*": "\x89PNG", "text/html": "iVBORw=="} {
		a.call("GET /image", "", header("Accept", accept)).is(t, 200, "", want)
	}
}

func TestSlowFunctionTimesOut(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	a := e.restAPI()
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	e.fn.Set("slow", func([]byte) (string, string) { <-release; return `{}`, "" })
	a.method("GET /slow", &apigateway.PutMethodInput{}, &apigateway.PutIntegrationInput{
		Type: types.IntegrationTypeAwsProxy, Uri: functionURI("slow"), TimeoutInMillis: aws.Int32(50),
	})
	a.deploy("prod")
	a.call("GET /slow", "").is(t, 504, "InternalServerErrorException", `{"message":"Endpoint request timed out"}`)
}

func TestMock(t *testing.T) {
	t.Parallel()
	a := newEnv(t).restAPI()
	a.method("GET /mock", &apigateway.PutMethodInput{}, &apigateway.PutIntegrationInput{
		Type:             types.IntegrationTypeMock,
		RequestTemplates: map[string]string{"application/json": `#if($input.params('fail') == 'yes'){"statusCode": 500}#else{"statusCode": 200}#end`},
	})
	a.response("GET /mock", "200", &apigateway.PutIntegrationResponseInput{
		ResponseTemplates:  map[string]string{"application/json": `{"who":"$input.params('who')","stage":"$context.stage"}`},
		ResponseParameters: map[string]string{"method.response.header.X-Static": "'yes'", "method.response.header.X-Id": "context.requestId"},
	})
	a.response("GET /mock", "503", &apigateway.PutIntegrationResponseInput{SelectionPattern: aws.String(`5\d{2}`), ResponseTemplates: map[string]string{"text/plain": "no"}})
	a.method("GET /broken", &apigateway.PutMethodInput{}, &apigateway.PutIntegrationInput{
		Type: types.IntegrationTypeMock, RequestTemplates: map[string]string{"application/json": `{"status": 200}`},
	})
	a.response("GET /broken", "200", &apigateway.PutIntegrationResponseInput{})
	a.method("OPTIONS /mock", &apigateway.PutMethodInput{}, &apigateway.PutIntegrationInput{
		Type: types.IntegrationTypeMock, RequestTemplates: map[string]string{"application/json": `{"statusCode": 200}`},
	})
	a.response("OPTIONS /mock", "204", &apigateway.PutIntegrationResponseInput{ResponseParameters: map[string]string{"method.response.header.Access-Control-Allow-Origin": "'*'"}})
	a.deploy("prod")
	got := a.call("GET /mock?who=ann", "")
	got.is(t, 200, "", `{"who":"ann","stage":"prod"}`)
	if h := got.header; h.Get("X-Static") != "yes" || h.Get("X-Id") != h.Get("X-Amzn-Requestid") || h.Get("Content-Type") != "application/json" {
		t.Errorf("header %v", h)
	}
	got = a.call("GET /mock?fail=yes", "")
	got.is(t, 503, "", "no")
	if got.header.Get("Content-Type") != "text/plain" {
		t.Errorf("header %v", got.header)
	}
	a.call("GET /broken", "").is(t, 500, "InternalServerErrorException", "")
	if got := a.call("OPTIONS /mock", ""); got.status != 204 || got.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("CORS: %d %v", got.status, got.header)
	}
}

// server is an HTTP server that tells what it was asked.
func server(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Seen", r.Method+" "+r.RequestURI+" "+r.Header.Get("X-Mapped"))
		w.Header().Set("X-Agent", r.UserAgent())
		w.Header().Set("X-Api", r.Header.Get("X-Amzn-Apigateway-Api-Id"))
		w.Header().Set("X-Client", r.Header.Get("X-Client"))
		w.Header().Set("Content-Type", "text/seen")
		w.Header().Set("Server", "tests")
		if strings.Contains(r.URL.Path, "missing") {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = w.Write(append([]byte("got "), body...))
	}))
	t.Cleanup(s.Close)
	return s
}

func TestHTTPProxy(t *testing.T) {
	t.Parallel()
	s := server(t)
	a := newEnv(t).restAPI()
	a.method("ANY /to/{proxy+}", &apigateway.PutMethodInput{RequestParameters: map[string]bool{"method.request.path.proxy": true}}, &apigateway.PutIntegrationInput{
		Type: types.IntegrationTypeHttpProxy, IntegrationHttpMethod: aws.String("ANY"), Uri: aws.String(s.URL + "/${stageVariables.base}/{proxy}"),
		RequestParameters: map[string]string{"integration.request.path.proxy": "method.request.path.proxy", "integration.request.header.X-Mapped": "context.stage"},
	})
	a.method("GET /gone", &apigateway.PutMethodInput{}, &apigateway.PutIntegrationInput{
		Type: types.IntegrationTypeHttpProxy, IntegrationHttpMethod: aws.String("GET"), Uri: aws.String("http://127.0.0.1:1/"),
	})
	a.deploy("prod")
	a.patch("prod", "/variables/base", "v1")
	got := a.call("PUT /to/a%20b/c?q=1", "body", header("X-Client", "me"), header("User-Agent", "tests"))
	got.is(t, 200, "", "got body")
	if h := got.header; h.Get("X-Seen") != "PUT /v1/a%20b/c?q=1 prod" || h.Get("X-Client") != "me" || h.Get("X-Agent") != "tests" || h.Get("X-Api") != a.id ||
		h.Get("X-Amzn-Remapped-Server") != "tests" || h.Get("Content-Type") != "text/seen" {
		t.Errorf("header %v", h)
	}
	a.call("GET /to/missing", "").is(t, 404, "", "got ")
	a.call("GET /gone", "").is(t, 504, "InternalServerErrorException", `{"message":"Network error communicating with endpoint"}`)
}

func TestHTTPIntegrationIsMapped(t *testing.T) {
	t.Parallel()
	s := server(t)
	a := newEnv(t).restAPI()
	a.method("POST /pets/{id}", &apigateway.PutMethodInput{
		RequestParameters: map[string]bool{"method.request.path.id": true, "method.request.querystring.q": false, "method.request.header.X-In": false},
	}, &apigateway.PutIntegrationInput{
		Type: types.IntegrationTypeHttp, IntegrationHttpMethod: aws.String("PUT"), Uri: aws.String(s.URL + "/{pet}"),
		RequestParameters: map[string]string{
			"integration.request.path.pet": "method.request.path.id", "integration.request.querystring.find": "method.request.querystring.q",
			"integration.request.header.X-Mapped": "method.request.header.X-In",
		},
		RequestTemplates:    map[string]string{"application/json": `{"name":$input.json('$.name')}`},
		PassthroughBehavior: aws.String("WHEN_NO_TEMPLATES"),
	})
	a.response("POST /pets/{id}", "200", &apigateway.PutIntegrationResponseInput{
		ResponseParameters: map[string]string{"method.response.header.X-Seen": "integration.response.header.X-Seen"},
	})
	a.response("POST /pets/{id}", "410", &apigateway.PutIntegrationResponseInput{
		SelectionPattern: aws.String("4.."), ResponseTemplates: map[string]string{"application/json": `{"gone":"$input.body"}`},
	})
	a.deploy("prod")
	got := a.call("POST /pets/7?q=x&other=1", `{"name":"rex","age":3}`, header("X-In", "in"), header("X-Client", "me"), header("Content-Type", "application/json"))
	got.is(t, 200, "", `got {"name":"rex"}`)
	if h := got.header; h.Get("X-Seen") != "PUT /7?find=x in" || h.Get("X-Client") != "" || h.Get("Content-Type") != "application/json" {
		t.Errorf("header %v", h)
	}
	a.call("POST /pets/missing", `{"name":1}`, header("Content-Type", "application/json")).is(t, 410, "", `{"gone":"got {"name":1}"}`)
	a.call("POST /pets/7", "x", header("Content-Type", "text/plain")).is(t, 415, "UnsupportedMediaTypeException", `{"message":"Unsupported Media Type"}`)
}

func TestFunctionIsMapped(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	a := e.restAPI()
	e.fn.Set("f", func(event []byte) (string, string) {
		if strings.Contains(string(event), "bad") {
			return `{"errorMessage":"[BadRequest] no such pet","errorType":"Error"}`, "Unhandled"
		}
		if strings.Contains(string(event), "odd") {
			return `{"errorMessage":"odd"}`, "Unhandled"
		}
		return `{"heard":` + string(event) + `}`, ""
	})
	a.method("POST /f", &apigateway.PutMethodInput{}, &apigateway.PutIntegrationInput{
		Type: types.IntegrationTypeAws, Uri: functionURI("f"),
		RequestTemplates: map[string]string{"application/json": `{"pet":"$input.path('$.pet')"}`},
	})
	a.response("POST /f", "200", &apigateway.PutIntegrationResponseInput{})
	a.response("POST /f", "400", &apigateway.PutIntegrationResponseInput{
		SelectionPattern: aws.String(`\[BadRequest\].*`), ResponseTemplates: map[string]string{"application/json": `{"said":"$input.path('$.errorMessage')"}`},
	})
	a.method("POST /only", &apigateway.PutMethodInput{}, &apigateway.PutIntegrationInput{Type: types.IntegrationTypeAws, Uri: functionURI("f")})
	a.response("POST /only", "400", &apigateway.PutIntegrationResponseInput{SelectionPattern: aws.String("never")})
	a.deploy("prod")
	a.call("POST /f", `{"pet":"rex"}`).is(t, 200, "", `{"heard":{"pet":"rex"}}`)
	a.call("POST /f", `{"pet":"bad"}`).is(t, 400, "", `{"said":"[BadRequest] no such pet"}`)
	a.call("POST /f", `{"pet":"odd"}`).is(t, 200, "", `{"errorMessage":"odd"}`)
	a.call("POST /only", `{}`).is(t, 500, "InternalServerErrorException", "")
}

func TestAnswersAreCompressed(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	a := e.restAPI(func(in *apigateway.CreateRestApiInput) { in.MinimumCompressionSize = aws.Int32(100) })
	e.fn.Says("long", `{"body":"`+strings.Repeat("x", 200)+`"}`, "")
	e.fn.Says("short", `{"body":"x"}`, "")
	a.proxy("GET /long", "long")
	a.proxy("GET /short", "short")
	a.deploy("prod")
	for key, want := range map[string]string{"GET /long": "gzip", "GET /short": ""} {
		got := a.call(key, "", header("Accept-Encoding", "br, gzip;q=0.5"))
		if got.header.Get("Content-Encoding") != want || want != "" && len(got.body) >= 100 {
			t.Errorf("%s: %v, %d bytes", key, got.header, len(got.body))
		}
	}
	if got := a.call("GET /long", "", header("Accept-Encoding", "identity")); got.header.Get("Content-Encoding") != "" || len(got.body) != 200 {
		t.Errorf("uncompressed: %v", got.header)
	}
}
