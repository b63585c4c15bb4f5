package openapi

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	api "maru.dev/maru/api/apigatewayv2"
)

const sample = `
openapi: 3.0.1
info: {title: pets, version: 1.0, description: about pets}
servers:
  - url: "https://example.com/{basePath}"
    variables: {basePath: {default: shop/v2}}
tags:
  - {name: "httpapi:createdBy", x-amazon-apigateway-tag-value: SAM}
x-amazon-apigateway-cors:
  allowOrigins: ["https://a.example"]
  allowMethods: [GET]
  maxAge: "600"
components:
  securitySchemes:
    tokens:
      type: oauth2
      x-amazon-apigateway-authorizer:
        type: jwt
        identitySource: $request.header.Authorization
        jwtConfiguration: {issuer: "https://issuer.example", audience: [web]}
    signed: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}
  x-amazon-apigateway-integrations:
    shared: {type: http_proxy, httpMethod: GET, uri: "https://example.com/pets", payloadFormatVersion: 1.0}
paths:
  /pets/{id}:
    parameters: []
    get:
      operationId: getPet
      security: [{tokens: [read]}]
      responses: {200: {description: ok}}
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        uri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:pets/invocations
        payloadFormatVersion: "2.0"
        timeoutInMillis: 3000
    x-amazon-apigateway-any-method:
      security: [{signed: []}]
      x-amazon-apigateway-integration: {$ref: "#/components/x-amazon-apigateway-integrations/shared"}
  /$default:
    x-amazon-apigateway-any-method: {isDefaultRoute: true}
`

func TestParseReadsRoutesWithWhatTheyLeadTo(t *testing.T) {
	t.Parallel()
	d, err := Parse([]byte(sample), "")
	if err != nil {
		t.Fatal(err)
	}
	want := []Route{
		{Key: "$default", Authorization: "NONE"},
		{Key: "GET /pets/{id}", OperationName: new("getPet"), Authorization: "JWT", Authorizer: "tokens", Scopes: []string{"read"}, Integration: &api.Integration{
			IntegrationType: new("AWS_PROXY"), IntegrationMethod: new("POST"), PayloadFormatVersion: new("2.0"), TimeoutInMillis: new(int32(3000)),
			IntegrationUri: new("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:pets/invocations"),
		}},
		{Key: "ANY /pets/{id}", Authorization: "AWS_IAM", Integration: &api.Integration{
			IntegrationType: new("HTTP_PROXY"), IntegrationMethod: new("GET"), PayloadFormatVersion: new("1.0"), IntegrationUri: new("https://example.com/pets"),
		}},
	}
	if diff := cmp.Diff(want, d.Routes); diff != "" {
		t.Error(diff)
	}
	if d.Name != "pets" || d.Version != "1.0" || d.Tags["httpapi:createdBy"] != "SAM" || *d.Cors.MaxAge != 600 || len(d.Warnings) > 0 {
		t.Errorf("%+v", d)
	}
	if a := d.Authorizers; len(a) != 1 || *a[0].JwtConfiguration.Issuer != "https://issuer.example" {
		t.Errorf("authorizers %+v", a)
	}
}

func TestParseBasePath(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]string{"ignore": "GET /pets/{id}", "prepend": "GET /shop/v2/pets/{id}", "split": "GET /v2/pets/{id}"} {
		d, err := Parse([]byte(sample), mode)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Routes[1].Key; got != want {
			t.Errorf("%s: %s, want %s", mode, got, want)
		}
	}
}

func TestParseRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ body, want string }{
		"no text":        {"", "unsupported OpenAPI version"},
		"broken":         {"{", "unable to parse"},
		"tabs":           {"\t- x", "unable to parse"},
		"swagger":        {`{"swagger":"2.0"}`, "OpenAPI 2.0 is not supported"},
		"no title":       {`{"openapi":"3.0.1","info":{}}`, "info.title is required"},
		"bad path":       {`{"openapi":"3.0.1","info":{"title":"x"},"paths":{"pets":{"get":{}}}}`, "not formatted properly"},
		"no such scheme": {`{"openapi":"3.0.1","info":{"title":"x"},"paths":{"/":{"get":{"security":[{"a":[]}]}}}}`, "security scheme 'a' is not in the document"},
		"no integration": {`{"openapi":"3.0.1","info":{"title":"x"},"paths":{"/":{"get":{"x-amazon-apigateway-integration":{"$ref":"#/x"}}}}}`, "is not in the document"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Parse([]byte(tt.body), ""); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	t.Parallel()
	d, err := Parse([]byte(sample), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{"JSON", "YAML"} {
		out, err := Write(d, "http://localhost", form, true)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(out, "")
		if err != nil {
			t.Fatalf("%s: %v\n%s", form, err, out)
		}
		again.Routes, again.Tags = sorted(again.Routes, d.Routes), d.Tags // tags are no part of an export
		for i := range again.Routes {
			if again.Routes[i].Authorizer == iamScheme {
				again.Routes[i].Authorizer = ""
			}
		}
		if diff := cmp.Diff(d, again); diff != "" {
			t.Errorf("%s: %s", form, diff)
		}
	}
}

// sorted brings routes in the order of others with the same keys.
func sorted(list, like []Route) []Route {
	var out []Route
	for _, l := range like {
		for _, r := range list {
			if r.Key == l.Key {
				out = append(out, r)
			}
		}
	}
	return out
}

// Any document is read or refused, and what is read can be written.
func FuzzParse(f *testing.F) {
	f.Add([]byte(sample), "split")
	f.Add([]byte(`{"openapi":"3.0.1","info":{"title":"x"},"paths":{"/":{"get":{"security":[{"a":[]}]}}}}`), "")
	f.Add([]byte("a: &a [*a]"), "prepend")
	f.Fuzz(func(t *testing.T, body []byte, mode string) {
		d, err := Parse(body, mode)
		if err != nil {
			return
		}
		if _, err := Write(d, "http://localhost", "JSON", true); err != nil {
			t.Error(err)
		}
	})
}
