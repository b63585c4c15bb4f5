package openapi

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	api "maru.dev/maru/api/apigateway"
)

// swagger is a document of the elder version with all that API Gateway reads.
const swagger = `
swagger: "2.0"
info: {title: pets, version: 1.0, description: about pets}
basePath: /shop/v2
consumes: [application/json]
produces: [application/json]
tags:
  - {name: team, x-amazon-apigateway-tag-value: red}
x-amazon-apigateway-api-key-source: AUTHORIZER
x-amazon-apigateway-binary-media-types: [image/png]
x-amazon-apigateway-minimum-compression-size: 10
x-amazon-apigateway-endpoint-configuration: {disableExecuteApiEndpoint: true, vpcEndpointIds: [vpce-1]}
x-amazon-apigateway-policy: {Version: "2012-10-17", Statement: []}
x-amazon-apigateway-request-validators:
  all: {validateRequestBody: true, validateRequestParameters: true}
x-amazon-apigateway-request-validator: all
x-amazon-apigateway-gateway-responses:
  DEFAULT_4XX: {statusCode: 418, responseParameters: {gatewayresponse.header.A: "'b'"}, responseTemplates: {application/json: "{}"}}
securityDefinitions:
  api_key: {type: apiKey, name: x-api-key, in: header}
  signed: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}
  token:
    type: apiKey
    name: Auth
    in: header
    x-amazon-apigateway-authtype: custom
    x-amazon-apigateway-authorizer: {type: token, authorizerUri: "arn:uri", authorizerResultTtlInSeconds: 60, identityValidationExpression: "a.*", authorizerCredentials: "arn:role"}
  pool:
    type: apiKey
    name: Authorization
    in: header
    x-amazon-apigateway-authtype: cognito_user_pools
    x-amazon-apigateway-authorizer: {type: cognito_user_pools, providerARNs: ["arn:pool"]}
parameters:
  trace: {name: X-Trace, in: header, required: true, type: string}
definitions:
  Pet: {type: object, example: {a: b}, properties: {example: {type: string}, owner: {$ref: "#/definitions/Owner"}}}
  Owner: {type: object}
paths:
  /pets/{id}:
    parameters:
      - {name: id, in: path, required: true, type: string}
    get:
      operationId: getPet
      parameters:
        - {name: q, in: query, type: string}
        - {$ref: "#/parameters/trace"}
      security: [{token: []}, {api_key: []}]
      responses:
        200: {description: ok, schema: {$ref: "#/definitions/Pet"}, headers: {X-A: {type: string}}}
        default: {description: other}
      x-amazon-apigateway-integration:
        type: http
        httpMethod: GET
        uri: https://example.com/{id}
        credentials: "arn:role"
        requestParameters: {integration.request.path.id: method.request.path.id}
        requestTemplates: {application/json: "{}"}
        passthroughBehavior: when_no_templates
        contentHandling: CONVERT_TO_TEXT
        timeoutInMillis: "3000"
        cacheNamespace: n
        cacheKeyParameters: [method.request.path.id]
        connectionType: VPC_LINK
        connectionId: c
        tlsConfig: {insecureSkipVerification: true}
        responses:
          default: {statusCode: 200, responseParameters: {method.response.header.X-A: "'1'"}, responseTemplates: {application/json: "$input.body"}}
          "5..": {statusCode: 500, contentHandling: CONVERT_TO_BINARY}
    post:
      consumes: [text/xml, application/json]
      parameters: [{name: pet, in: body, schema: {$ref: "#/definitions/Pet"}}]
      security: [{pool: [read]}]
      responses: {201: {description: made}}
    x-amazon-apigateway-any-method:
      security: [{signed: []}]
      x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, uri: "arn:lambda", responseTransferMode: STREAM}
  /empty: {}
`

// oas30 says a part of that in OpenAPI 3.
const oas30 = `{
  "openapi": "3.0.1", "info": {"title": "pets", "version": "1"},
  "servers": [{"url": "https://x.example/{basePath}", "variables": {"basePath": {"default": "shop/v2"}}, "x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": "true"}}],
  "security": [{"api_key": []}],
  "paths": {"/pets": {
    "post": {
      "requestBody": {"$ref": "#/components/requestBodies/pet"},
      "responses": {"200": {"$ref": "#/components/responses/ok"}, "4XX": {"description": "no"}},
      "x-amazon-apigateway-integration": {"$ref": "#/components/x-amazon-apigateway-integrations/mock"}
    },
    "put": {
      "security": [{"NONE": []}],
      "requestBody": {"content": {"application/json": {"schema": {"type": "array", "nullable": true, "items": {"$ref": "#/components/schemas/Pet"}}}}},
      "parameters": [{"name": "c", "in": "cookie"}, {"name": "h", "in": "header", "schema": {"type": "string"}}]
    },
    "trace": {}
  }},
  "components": {
    "schemas": {"Pet": {"type": "object"}},
    "requestBodies": {"pet": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}, "text/xml": {"schema": {"$ref": "#/components/schemas/Nope"}}}}},
    "responses": {"ok": {"description": "ok", "headers": {"A": {"schema": {"type": "string"}}}, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}},
    "securitySchemes": {"api_key": {"type": "apiKey", "name": "X-API-Key", "in": "header"}, "odd": {"type": "http"}},
    "x-amazon-apigateway-integrations": {"mock": {"type": "MOCK", "requestTemplates": {"application/json": "{\"statusCode\": 200}"}}}
  }
}`

// parse is Parse that succeeds.
func parse(t *testing.T, body, basePath string) *Definition {
	t.Helper()
	d, err := Parse([]byte(body), "abc", basePath)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestParseReadsAllOfSwagger(t *testing.T) {
	t.Parallel()
	d := parse(t, swagger, "")
	wantAPI := api.RestApi{
		Name: new("pets"), Version: new("1.0"), Description: new("about pets"), ApiKeySource: new("AUTHORIZER"), BinaryMediaTypes: []string{"image/png"},
		MinimumCompressionSize: new(int32(10)), DisableExecuteApiEndpoint: new(true), Policy: new(`{"Statement":[],"Version":"2012-10-17"}`),
		EndpointConfiguration: &api.EndpointConfiguration{VpcEndpointIds: []string{"vpce-1"}}, Tags: map[string]string{"team": "red"},
	}
	if diff := cmp.Diff(wantAPI, d.API); diff != "" {
		t.Error(diff)
	}
	always := map[string]bool{"method.request.path.id": true}
	wantMethods := []Method{
		{"/pets/{id}", api.Method{
			HttpMethod: new("GET"), AuthorizationType: new("CUSTOM"), AuthorizerId: new("token"), ApiKeyRequired: new(true), OperationName: new("getPet"),
			RequestValidatorId: new("all"),
			RequestParameters:  map[string]bool{"method.request.path.id": true, "method.request.querystring.q": false, "method.request.header.X-Trace": true},
			MethodResponses: map[string]api.MethodResponse{"200": {
				StatusCode: new("200"), ResponseParameters: map[string]bool{"method.response.header.X-A": false}, ResponseModels: map[string]string{"application/json": "Pet"},
			}},
			MethodIntegration: &api.Integration{
				Type: new("HTTP"), HttpMethod: new("GET"), Uri: new("https://example.com/{id}"), Credentials: new("arn:role"),
				RequestParameters: map[string]string{"integration.request.path.id": "method.request.path.id"}, RequestTemplates: map[string]string{"application/json": "{}"},
				PassthroughBehavior: new("WHEN_NO_TEMPLATES"), ContentHandling: new("CONVERT_TO_TEXT"), TimeoutInMillis: new(int32(3000)), CacheNamespace: new("n"),
				CacheKeyParameters: []string{"method.request.path.id"}, ConnectionType: new("VPC_LINK"), ConnectionId: new("c"),
				TlsConfig: &api.TlsConfig{InsecureSkipVerification: new(true)},
				IntegrationResponses: map[string]api.IntegrationResponse{
					"200": {StatusCode: new("200"), ResponseParameters: map[string]string{"method.response.header.X-A": "'1'"}, ResponseTemplates: map[string]string{"application/json": "$input.body"}},
					"500": {StatusCode: new("500"), SelectionPattern: new("5.."), ContentHandling: new("CONVERT_TO_BINARY")},
				},
			},
		}},
		{"/pets/{id}", api.Method{
			HttpMethod: new("POST"), AuthorizationType: new("COGNITO_USER_POOLS"), AuthorizerId: new("pool"), AuthorizationScopes: []string{"read"}, ApiKeyRequired: new(false),
			RequestValidatorId: new("all"), RequestParameters: always, RequestModels: map[string]string{"text/xml": "Pet", "application/json": "Pet"},
			MethodResponses: map[string]api.MethodResponse{"201": {StatusCode: new("201")}},
		}},
		{"/pets/{id}", api.Method{
			HttpMethod: new("ANY"), AuthorizationType: new("AWS_IAM"), ApiKeyRequired: new(false), RequestValidatorId: new("all"), RequestParameters: always,
			MethodIntegration: &api.Integration{Type: new("AWS_PROXY"), HttpMethod: new("POST"), Uri: new("arn:lambda"), ResponseTransferMode: new("STREAM")},
		}},
	}
	if diff := cmp.Diff(wantMethods, d.Methods); diff != "" {
		t.Error(diff)
	}
	wantAuthorizers := []api.Authorizer{
		{Name: new("pool"), Type: new("COGNITO_USER_POOLS"), AuthType: new("cognito_user_pools"), ProviderARNs: []string{"arn:pool"}, IdentitySource: new("method.request.header.Authorization")},
		{
			Name: new("token"), Type: new("TOKEN"), AuthType: new("custom"), AuthorizerUri: new("arn:uri"), AuthorizerCredentials: new("arn:role"),
			AuthorizerResultTtlInSeconds: new(int32(60)), IdentityValidationExpression: new("a.*"), IdentitySource: new("method.request.header.Auth"),
		},
	}
	if diff := cmp.Diff(wantAuthorizers, d.Authorizers); diff != "" {
		t.Error(diff)
	}
	wantResponses := []api.GatewayResponse{{
		ResponseType: new("DEFAULT_4XX"), StatusCode: new("418"), DefaultResponse: new(false), ResponseParameters: map[string]string{"gatewayresponse.header.A": "'b'"},
		ResponseTemplates: map[string]string{"application/json": "{}"},
	}}
	if diff := cmp.Diff(wantResponses, d.Responses); diff != "" {
		t.Error(diff)
	}
	pet := *d.Models[1].Schema
	if len(d.Models) != 2 || *d.Models[1].Name != "Pet" || !strings.Contains(pet, `"https://apigateway.amazonaws.com/restapis/abc/models/Owner"`) ||
		!strings.Contains(pet, `"example": {`) || strings.Contains(pet, `"a": "b"`) {
		t.Errorf("models %s", pet)
	}
	if !slices.Equal(d.Paths, []string{"/empty", "/pets/{id}"}) || d.Warnings != nil {
		t.Errorf("paths %q, warnings %q", d.Paths, d.Warnings)
	}
}

func TestParseReadsOpenAPI3(t *testing.T) {
	t.Parallel()
	d := parse(t, oas30, "")
	post, put := d.Methods[0], d.Methods[1]
	if !*post.ApiKeyRequired || *put.ApiKeyRequired || !*d.API.DisableExecuteApiEndpoint || *post.MethodIntegration.Type != "MOCK" {
		t.Errorf("%+v %+v", post, put)
	}
	if diff := cmp.Diff(map[string]string{"application/json": "Pet"}, post.RequestModels); diff != "" {
		t.Error(diff)
	}
	if r := post.MethodResponses["200"]; r.ResponseModels["application/json"] != "Pet" || len(r.ResponseParameters) != 1 {
		t.Errorf("response %+v", r)
	}
	inline := put.RequestModels["application/json"]
	i := slices.IndexFunc(d.Models, func(m api.ModelShape) bool { return *m.Name == inline })
	if !strings.HasPrefix(inline, "MODEL") || i < 0 || strings.Contains(*d.Models[i].Schema, "nullable") || !strings.Contains(*d.Models[i].Schema, "/restapis/abc/models/Pet") {
		t.Errorf("the model of an inline schema: %s of %+v", inline, d.Models)
	}
	want := []string{
		"Unable to create authorizer for security definition: 'odd'. x-amazon-apigateway-authorizer is missing. Ignoring.",
		"Reference to model 'Nope' not found. Ignoring.",
		"Unsupported response status '4XX' of method 'POST' on resource '/pets'. Ignoring.",
		"Unsupported parameter type 'cookie' for parameter 'c' of method 'PUT' on resource '/pets'. Ignoring.",
		"Unsupported method 'trace' on resource '/pets'. Ignoring.",
	}
	if diff := cmp.Diff(want, d.Warnings); diff != "" {
		t.Error(diff)
	}
}

func TestParseBasePath(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]string{"ignore": "/pets", "prepend": "/shop/v2/pets", "split": "/v2/pets"} {
		for _, body := range []string{swagger, oas30} {
			if got := parse(t, body, mode).Methods[0].Path; !strings.HasPrefix(got, want) {
				t.Errorf("%s: %s, want %s", mode, got, want)
			}
		}
	}
}

func TestParseRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	path := func(op string) string {
		return `{"swagger":"2.0","info":{"title":"x"},"paths":{"/a":{"get":` + op + `}}}`
	}
	tests := map[string]struct{ body, mode, want string }{
		"nothing":        {"", "", "neither Swagger 2.0 nor OpenAPI 3.0"},
		"broken":         {"{", "", "unable to parse"},
		"another":        {`{"openapi":"3.1.0"}`, "", "neither Swagger 2.0 nor OpenAPI 3.0"},
		"mode":           {path("{}"), "both", "invalid base path mode"},
		"path":           {`{"swagger":"2.0","paths":{"a":{}}}`, "", "path 'a' does not begin with a slash"},
		"operation":      {path(`{"parameters":3}`), "", "malformed operation 'get' at path /a"},
		"parameter":      {path(`{"parameters":[{"$ref":"#/parameters/x"}]}`), "", "parameter #/parameters/x is not in the document"},
		"response":       {path(`{"responses":{"200":{"$ref":"#/responses/x"}}}`), "", "response #/responses/x is not in the document"},
		"integration":    {path(`{"x-amazon-apigateway-integration":{"$ref":"#/x"}}`), "", "integration #/x is not in the document"},
		"deep schema":    {`{"swagger":"2.0","paths":{},"definitions":{"A":` + strings.Repeat(`{"items":`, 150) + "{}" + strings.Repeat("}", 150) + `}}`, "", "nested deeper than 100"},
		"large document": {strings.Repeat(" ", MaxSize+1), "", "larger than"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Parse([]byte(tt.body), "abc", tt.mode); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"of Swagger": swagger, "of OpenAPI": oas30} {
		d := parse(t, body, "")
		slices.SortFunc(d.Models, func(a, b api.ModelShape) int { return strings.Compare(*a.Name, *b.Name) })
		for _, form := range []Form{{Swagger: true, Gateway: true}, {Gateway: true}, {Gateway: true, YAML: true}} {
			form.Host, form.Stage = "abc.execute-api", "prod"
			out, err := Write(d, form)
			if err != nil {
				t.Fatal(err)
			}
			again := parse(t, string(out), "")
			again.Warnings, again.API.Tags, again.Paths = d.Warnings, d.API.Tags, d.Paths // are not written
			if form.Swagger || !form.YAML {
				again.API.DisableExecuteApiEndpoint = d.API.DisableExecuteApiEndpoint
			}
			if diff := cmp.Diff(d, again); diff != "" {
				t.Errorf("%s, %+v: %s", name, form, diff)
			}
		}
	}
}

func TestWriteLeavesExtensionsOut(t *testing.T) {
	t.Parallel()
	d := parse(t, swagger, "")
	tests := map[string]struct {
		form      Form
		has, lack []string
	}{
		"none":         {Form{}, []string{`"api_key"`}, []string{extIntegrate, extAuthorizer, extPolicy, extValidators}},
		"integrations": {Form{Integrations: true}, []string{extIntegrate}, []string{extAuthorizer, extPolicy}},
		"authorizers":  {Form{Authorizers: true}, []string{extAuthorizer}, []string{extIntegrate, extPolicy}},
		"all":          {Form{Gateway: true}, []string{extIntegrate, extAuthorizer, extPolicy, extValidators, extResponses, extBinary}, nil},
	}
	for name, tt := range tests {
		out, err := Write(d, tt.form)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range tt.has {
			if !strings.Contains(string(out), s) {
				t.Errorf("%s: no %s", name, s)
			}
		}
		for _, s := range tt.lack {
			if strings.Contains(string(out), s+`"`) {
				t.Errorf("%s: has %s", name, s)
			}
		}
	}
}

// Any document is read or refused, and what is read can be written and read
// again.
func FuzzParse(f *testing.F) {
	f.Add([]byte(swagger), "split")
	f.Add([]byte(oas30), "")
	f.Add([]byte(`{"swagger":"2.0","paths":{"/":{"get":{"security":[{"a":[]}],"parameters":[{"in":"body","schema":3}]}}}}`), "")
	f.Add([]byte("swagger: 2.0\npaths: &a {/x: *a}"), "prepend")
	f.Fuzz(func(t *testing.T, body []byte, mode string) {
		d, err := Parse(body, "abc", mode)
		if err != nil {
			return
		}
		out, err := Write(d, Form{Swagger: true, Gateway: true})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(out, "abc", ""); err != nil {
			t.Errorf("%v of\n%s", err, out)
		}
	})
}
