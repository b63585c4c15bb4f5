package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	typesv2 "github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
)

func TestResourcesAreFoundFromExactToGreedy(t *testing.T) {
	t.Parallel()
	a := newEnv(t).restAPI()
	for _, key := range []string{"GET /", "GET /pets", "POST /pets", "GET /pets/{id}", "ANY /pets/{id}/toys", "GET /pets/cats", "ANY /{proxy+}", "GET /pets/{id}/{rest+}"} {
		a.proxy(key, "echo")
	}
	a.deploy("prod")
	for key, want := range map[string]string{
		"GET /": "/", "GET ": "/", "GET /pets": "/pets", "GET /pets/": "/pets", "POST /pets": "/pets", "GET /pets/cats": "/pets/cats",
		"GET /pets/dogs": "/pets/{id}", "DELETE /pets/1/toys": "/pets/{id}/toys", "GET /pets/1/2/3": "/pets/{id}/{rest+}",
		"PUT /pets/1/2/3": "/{proxy+}", "GET /else/where": "/{proxy+}",
	} {
		event := decoded(t, a.call(key, ""))
		if event["resource"] != want {
			t.Errorf("%s is %v, want %s", key, event["resource"], want)
		}
	}
	event := decoded(t, a.call("GET /pets/a%2Fb/x%20y/z", ""))
	if got := event["pathParameters"].(map[string]any); got["id"] != "a/b" || got["rest"] != "x y/z" {
		t.Errorf("path parameters %v", got)
	}
}

func TestWhatIsNotThere(t *testing.T) {
	t.Parallel()
	a := newEnv(t).restAPI()
	a.proxy("GET /pets", "echo")
	a.deploy("prod")
	for _, key := range []string{"GET /", "GET /pets/1", "POST /pets", "GET /petsy"} {
		a.call(key, "").is(t, 403, "MissingAuthenticationTokenException", `{"message":"Missing Authentication Token"}`)
	}
	a.do("GET", "/_maru/execute-api/"+a.id+"/other/pets", "").is(t, 403, "ForbiddenException", `{"message":"Forbidden"}`)
	a.do("GET", "/_maru/execute-api/nothere000/prod/pets", "").is(t, 404, "", `{"message":"Not Found"}`)
}

// Both kinds of APIs are reached in the same ways.
func TestAddresses(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	a := e.restAPI()
	a.proxy("GET /pets", "echo")
	a.deploy("prod")
	host := func(name string) func(r *http.Request) { return func(r *http.Request) { r.Host = name } }
	for name, got := range map[string]answer{
		"path":          a.call("GET /pets?q=1", ""),
		"host":          e.do("GET", "/prod/pets?q=1", "", host(a.id+".execute-api.us-east-1.localhost:4566")),
		"AWS's host":    e.do("GET", "/prod/pets?q=1", "", host(a.id+".execute-api.us-east-1.amazonaws.com")),
		"user requests": e.do("GET", "/restapis/"+a.id+"/prod/_user_request_/pets?q=1", ""),
	} {
		event := decoded(t, got)
		context := event["requestContext"].(map[string]any)
		if event["path"] != "/pets" || context["path"] != "/prod/pets" || context["stage"] != "prod" || context["domainPrefix"] != a.id {
			t.Errorf("%s: %s", name, got.body)
		}
	}
	http := must[*apigatewayv2.CreateApiOutput](t)(e.APIGatewayV2().CreateApi(t.Context(), &apigatewayv2.CreateApiInput{
		Name: aws.String("http"), ProtocolType: typesv2.ProtocolTypeHttp, Target: aws.String("arn:aws:lambda:us-east-1:000000000000:function:echo"),
	}))
	event := decoded(t, e.do("GET", "/_maru/execute-api/"+*http.ApiId+"/pets", ""))
	if event["version"] != "2.0" {
		t.Errorf("an HTTP API: %v", event)
	}
}

func TestEndpointMayBeSwitchedOff(t *testing.T) {
	t.Parallel()
	a := newEnv(t).restAPI(func(in *apigateway.CreateRestApiInput) { in.DisableExecuteApiEndpoint = true })
	a.proxy("GET /pets", "echo")
	a.deploy("prod")
	a.call("GET /pets", "").is(t, 403, "ForbiddenException", `{"message":"Forbidden"}`)
}

func TestProxyEvent(t *testing.T) {
	t.Parallel()
	a := newEnv(t).restAPI(func(in *apigateway.CreateRestApiInput) { in.BinaryMediaTypes = []string{"image/png", "audio/*"} })
	a.proxy("POST /pets/{id}", "echo")
	a.proxy("GET /pets/{id}", "echo")
	deployment := a.deploy("prod")
	a.patch("prod", "/variables/color", "red")
	if told, ok := decoded(t, a.call("GET /pets/1", ""))["headers"].(map[string]any)["Content-Length"]; ok {
		t.Errorf("a request without a body is told to have %v bytes of it", told)
	}
	got := a.call("POST /pets/1?a=1&a=2&b=x%20y", "text", func(r *http.Request) {
		r.Header.Add("X-Two", "1")
		r.Header.Add("X-Two", "2")
		r.Header.Set("User-Agent", "tests")
	})
	event := decoded(t, got)
	if _, versioned := event["version"]; versioned {
		t.Error("events of REST APIs have no version")
	}
	for name, want := range map[string]string{
		"queryStringParameters": "map[a:2 b:x y]", "multiValueQueryStringParameters": "map[a:[1 2] b:[x y]]",
		"pathParameters": "map[id:1]", "stageVariables": "map[color:red]", "body": "text", "isBase64Encoded": "false", "httpMethod": "POST",
	} {
		if text := textOf(event[name]); text != want {
			t.Errorf("%s is %s, want %s", name, text, want)
		}
	}
	if one, all := event["headers"].(map[string]any), event["multiValueHeaders"].(map[string]any); one["X-Two"] != "2" || textOf(all["X-Two"]) != "[1 2]" {
		t.Errorf("headers %v, %v", one["X-Two"], all["X-Two"])
	}
	context := event["requestContext"].(map[string]any)
	if context["deploymentId"] != deployment || context["resourcePath"] != "/pets/{id}" || context["resourceId"] != a.resources["/pets/{id}"] ||
		context["apiId"] != a.id || context["requestId"] != got.header.Get("X-Amzn-Requestid") || context["extendedRequestId"] != got.header.Get("X-Amz-Apigw-Id") {
		t.Errorf("context %v", context)
	}
	if identity := context["identity"].(map[string]any); identity["userAgent"] != "tests" || identity["sourceIp"] != "127.0.0.1" {
		t.Errorf("identity %v", identity)
	}
	for kind, want := range map[string]string{"image/png": "iVBORw==", "audio/ogg; x=1": "iVBORw==", "image/gif": "\ufffdPNG"} {
		event := decoded(t, a.call("POST /pets/1", "\x89PNG", header("Content-Type", kind)))
		if event["body"] != want || event["isBase64Encoded"] != strings.HasPrefix(want, "i") {
			t.Errorf("%s: %v, %v", kind, event["body"], event["isBase64Encoded"])
		}
	}
	if event := decoded(t, a.call("POST /pets/1", "")); event["body"] != nil || event["queryStringParameters"] != nil {
		t.Errorf("without a body: %v", event)
	}
}
