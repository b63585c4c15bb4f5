package apigateway_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"
)

// pets is a document of an API with something of each kind.
const pets = `{
  "swagger": "2.0", "info": {"title": "pets", "version": "1"}, "basePath": "/v1",
  "x-amazon-apigateway-policy": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}]},
  "x-amazon-apigateway-binary-media-types": ["image/png"],
  "x-amazon-apigateway-request-validators": {"all": {"validateRequestBody": true, "validateRequestParameters": true}},
  "x-amazon-apigateway-gateway-responses": {"DEFAULT_4XX": {"statusCode": "418"}},
  "x-amazon-apigateway-documentation": {"version": "1", "documentationParts": [{"location": {"type": "API"}, "properties": {"description": "d"}}]},
  "securityDefinitions": {
    "token": {"type": "apiKey", "name": "Auth", "in": "header", "x-amazon-apigateway-authtype": "custom",
      "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": "` + functionURI + `"}},
    "api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"}
  },
  "definitions": {"Pet": {"type": "object", "properties": {"owner": {"$ref": "#/definitions/Owner"}}}, "Owner": {"type": "object", "properties": {"pet": {"$ref": "#/definitions/Pet"}}}},
  "paths": {"/pets/{id}": {
    "get": {
      "parameters": [{"name": "id", "in": "path", "required": true, "type": "string"}],
      "security": [{"token": []}, {"api_key": []}], "x-amazon-apigateway-request-validator": "all",
      "responses": {"200": {"description": "ok", "schema": {"$ref": "#/definitions/Pet"}, "headers": {"A": {"type": "string"}}}},
      "x-amazon-apigateway-integration": {"type": "mock", "responses": {"default": {"statusCode": "200", "responseParameters": {"method.response.header.A": "'b'"}}}}
    },
    "x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": "POST", "uri": "` + functionURI + `"}}
  }}
}`

// imports makes an API of a document.
func (w *world) imports(body string) *sdk.ImportRestApiOutput {
	w.t.Helper()
	return must(w.ImportRestApi(w.t.Context(), &sdk.ImportRestApiInput{Body: []byte(body), Parameters: map[string]string{"endpointConfigurationTypes": "REGIONAL"}}))(w.t)
}

// tree are an API's resources by path, with their methods.
func (w *world) tree(id *string) map[string]types.Resource {
	w.t.Helper()
	out := must(w.GetResources(w.t.Context(), &sdk.GetResourcesInput{RestApiId: id, Embed: []string{"methods"}}))(w.t)
	by := map[string]types.Resource{}
	for _, r := range out.Items {
		by[*r.Path] = r
	}
	return by
}

func TestImportRestApiTakesAllOfADocument(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := w.imports(pets)
	if *a.Name != "pets" || *a.Version != "1" || !slices.Equal(a.BinaryMediaTypes, []string{"image/png"}) || a.EndpointConfiguration.Types[0] != types.EndpointTypeRegional ||
		!strings.Contains(aws.ToString(a.Policy), "execute-api:us-east-1:000000000000:"+*a.Id+"/*") {
		t.Errorf("%+v, policy %s", a, aws.ToString(a.Policy))
	}
	by := w.tree(a.Id)
	if got := slices.Sorted(maps.Keys(by)); !slices.Equal(got, []string{"/", "/pets", "/pets/{id}"}) {
		t.Fatalf("paths %q", got)
	}
	get, any := by["/pets/{id}"].ResourceMethods["GET"], by["/pets/{id}"].ResourceMethods["ANY"]
	z := must(w.GetAuthorizers(t.Context(), &sdk.GetAuthorizersInput{RestApiId: a.Id}))(t).Items
	v := must(w.GetRequestValidators(t.Context(), &sdk.GetRequestValidatorsInput{RestApiId: a.Id}))(t).Items
	if len(z) != 1 || len(v) != 1 || *get.AuthorizerId != *z[0].Id || *get.RequestValidatorId != *v[0].Id || !*get.ApiKeyRequired || *get.AuthorizationType != "CUSTOM" {
		t.Fatalf("GET %+v, authorizers %+v, validators %+v", get, z, v)
	}
	if r := get.MethodIntegration.IntegrationResponses["200"]; r.ResponseParameters["method.response.header.A"] != "'b'" || get.MethodResponses["200"].ResponseModels["application/json"] != "Pet" {
		t.Errorf("GET %+v", get)
	}
	if any.MethodIntegration.Type != types.IntegrationTypeAwsProxy || any.MethodIntegration.TimeoutInMillis != 29000 {
		t.Errorf("ANY %+v", any.MethodIntegration)
	}
	pet := must(w.GetModel(t.Context(), &sdk.GetModelInput{RestApiId: a.Id, ModelName: aws.String("Pet")}))(t)
	if !strings.Contains(*pet.Schema, "/restapis/"+*a.Id+"/models/Owner") {
		t.Errorf("model %s", *pet.Schema)
	}
	r := must(w.GetGatewayResponse(t.Context(), &sdk.GetGatewayResponseInput{RestApiId: a.Id, ResponseType: types.GatewayResponseTypeDefault4xx}))(t)
	parts := must(w.GetDocumentationParts(t.Context(), &sdk.GetDocumentationPartsInput{RestApiId: a.Id}))(t).Items
	if *r.StatusCode != "418" || len(parts) != 1 || *parts[0].Properties != `{"description":"d"}` {
		t.Errorf("response %+v, documentation %+v", r, parts)
	}
}

func TestPutRestApiMergesOrOverwrites(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := w.imports(pets)
	before := w.tree(a.Id)["/pets/{id}"]
	const more = `{"openapi": "3.0.1", "info": {"title": "more", "version": "2"}, "paths": {
		"/pets/{id}": {"get": {"x-amazon-apigateway-integration": {"type": "mock"}}}, "/owners": {"get": {"x-amazon-apigateway-integration": {"type": "mock"}}}}}`
	put := func(mode types.PutMode) *sdk.PutRestApiOutput {
		return must(w.PutRestApi(t.Context(), &sdk.PutRestApiInput{RestApiId: a.Id, Mode: mode, Body: []byte(more)}))(t)
	}
	merged := put(types.PutModeMerge)
	by := w.tree(a.Id)
	if got := slices.Sorted(maps.Keys(by)); !slices.Equal(got, []string{"/", "/owners", "/pets", "/pets/{id}"}) || *merged.Name != "more" || merged.Policy == nil {
		t.Errorf("merged: %q, %+v", got, merged)
	}
	if r := by["/pets/{id}"]; *r.Id != *before.Id || r.ResourceMethods["GET"].AuthorizerId != nil || r.ResourceMethods["ANY"].MethodIntegration == nil {
		t.Errorf("merged: %+v", r)
	}
	whole := put(types.PutModeOverwrite)
	by = w.tree(a.Id)
	if r := by["/pets/{id}"]; *r.Id != *before.Id || len(r.ResourceMethods) != 1 || whole.Policy != nil || whole.BinaryMediaTypes != nil {
		t.Errorf("overwritten: %+v of %+v", r, whole)
	}
	if z := must(w.GetAuthorizers(t.Context(), &sdk.GetAuthorizersInput{RestApiId: a.Id}))(t).Items; len(z) != 0 {
		t.Errorf("authorizers %+v", z)
	}
	var names []string
	for _, m := range must(w.GetModels(t.Context(), &sdk.GetModelsInput{RestApiId: a.Id}))(t).Items {
		names = append(names, *m.Name)
	}
	if !slices.Equal(names, []string{"Empty", "Error"}) {
		t.Errorf("models %q", names)
	}
}

func TestImportsAreRefusedWhole(t *testing.T) {
	t.Parallel()
	w := start(t)
	path := func(op string) string {
		return `{"swagger":"2.0","info":{"title":"x"},"paths":{"/ok":{"get":{"x-amazon-apigateway-integration":{"type":"mock"}}},"/x":{"get":` + op + `}}}`
	}
	tests := map[string]struct {
		body string
		fail bool
		want string
	}{
		"no title":    {`{"swagger":"2.0","paths":{}}`, false, "Invalid OpenAPI input: info.title is required"},
		"no document": {`[]`, false, "Errors found during import:\n\tunable to parse the document: json: cannot unmarshal array into Go value of type openapi.document"},
		"integration": {
			path(`{"x-amazon-apigateway-integration":{"type":"aws","httpMethod":"POST","uri":"arn:aws:apigateway:us-east-1:sqs:nothing"}}`), false,
			"Errors found during import:\n\tUnable to put method 'GET' on resource at path '/x': AWS ARN for integration must contain path or action",
		},
		"path": {
			`{"swagger":"2.0","info":{"title":"x"},"paths":{"/{a}":{},"/{b}":{}}}`, false,
			"Errors found during import:\n\tUnable to create resource at path '/{b}': A sibling ({a}) of this resource already has a variable path part -- only one is allowed",
		},
		"warning": {path(`{"security":[{"none":[]}]}`), true, "Warnings found during import:\n\tSecurity scheme 'none' of method 'GET' on resource '/x' is not in the document. Ignoring."},
	}
	a := w.imports(pets)
	before := w.tree(a.Id)
	for name, tt := range tests {
		_, err := w.ImportRestApi(t.Context(), &sdk.ImportRestApiInput{Body: []byte(tt.body), FailOnWarnings: tt.fail})
		if name != "no document" {
			refused(t, err, "BadRequestException", tt.want)
		} else if err == nil {
			t.Error("no document is an API")
		}
		if name == "no title" {
			continue
		}
		if _, err := w.PutRestApi(t.Context(), &sdk.PutRestApiInput{RestApiId: a.Id, Mode: types.PutModeOverwrite, Body: []byte(tt.body), FailOnWarnings: tt.fail}); err == nil {
			t.Errorf("%s: was put", name)
		}
	}
	if n := len(must(w.GetRestApis(t.Context(), &sdk.GetRestApisInput{}))(t).Items); n != 1 {
		t.Errorf("%d APIs", n)
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(w.tree(a.Id)))); diff != "" {
		t.Error(diff)
	}
	_, err := w.PutRestApi(t.Context(), &sdk.PutRestApiInput{RestApiId: aws.String("none"), Body: []byte(pets)})
	refused(t, err, "NotFoundException", "Invalid API identifier specified 000000000000:none")
}

func TestGetExportIsImportedAgain(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := w.imports(pets)
	must(w.CreateDeployment(t.Context(), &sdk.CreateDeploymentInput{RestApiId: a.Id, StageName: aws.String("prod")}))(t)
	// What was deployed is written, not what came after.
	must(w.DeleteResource(t.Context(), &sdk.DeleteResourceInput{RestApiId: a.Id, ResourceId: w.tree(a.Id)["/pets"].Id}))
	for _, tt := range []struct{ kind, accepts string }{{"swagger", "application/json"}, {"oas30", "application/json"}, {"oas30", "application/yaml"}} {
		out := must(w.GetExport(t.Context(), &sdk.GetExportInput{
			RestApiId: a.Id, StageName: aws.String("prod"), ExportType: &tt.kind, Parameters: map[string]string{"extensions": "apigateway"},
		}, accepting(tt.accepts)))(t)
		if *out.ContentType != tt.accepts || !strings.HasPrefix(*out.ContentDisposition, `attachment; filename="`+tt.kind+"_") {
			t.Errorf("%s: %s, %s", tt.kind, *out.ContentType, *out.ContentDisposition)
		}
		again := must(w.ImportRestApi(t.Context(), &sdk.ImportRestApiInput{Body: out.Body, FailOnWarnings: true}))(t)
		if got := slices.Sorted(maps.Keys(w.tree(again.Id)["/pets/{id}"].ResourceMethods)); !slices.Equal(got, []string{"ANY", "GET"}) {
			t.Errorf("%s %s: methods %q of\n%s", tt.kind, tt.accepts, got, out.Body)
		}
	}
	plain := must(w.GetExport(t.Context(), &sdk.GetExportInput{RestApiId: a.Id, StageName: aws.String("prod"), ExportType: aws.String("swagger")}))(t)
	var doc struct{ Host, BasePath string }
	if err := json.Unmarshal(plain.Body, &doc); err != nil || doc.Host != *a.Id+".execute-api.us-east-1.amazonaws.com" || doc.BasePath != "/prod" || strings.Contains(string(plain.Body), "x-amazon-apigateway-integration") {
		t.Errorf("%v\n%s", err, plain.Body)
	}
	_, err := w.GetExport(t.Context(), &sdk.GetExportInput{RestApiId: a.Id, StageName: aws.String("prod"), ExportType: aws.String("oas30")}, accepting("text/xml"))
	refused(t, err, "BadRequestException", "Unsupported content type: text/xml. Valid values are 'application/json' and 'application/yaml'")
	for want, in := range map[string]sdk.GetExportInput{
		"Unsupported export type: raml. Valid values are 'oas30' and 'swagger'": {StageName: aws.String("prod"), ExportType: aws.String("raml")},
		"Unsupported export extension: postman":                                 {StageName: aws.String("prod"), ExportType: aws.String("oas30"), Parameters: map[string]string{"extensions": "postman"}},
	} {
		in.RestApiId = a.Id
		_, err := w.GetExport(t.Context(), &in)
		refused(t, err, "BadRequestException", want)
	}
	_, err = w.GetExport(t.Context(), &sdk.GetExportInput{RestApiId: a.Id, StageName: aws.String("none"), ExportType: aws.String("oas30")})
	refused(t, err, "NotFoundException", "Invalid stage identifier specified")
}

// accepting has a call accept a content type: the client overwrites what its input
// says.
func accepting(kind string) func(*sdk.Options) {
	return sdk.WithAPIOptions(smithyhttp.SetHeaderValue("Accept", kind))
}
