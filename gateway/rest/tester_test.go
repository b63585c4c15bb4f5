package rest_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"maru.dev/maru/internal/testenv"
)

// A method can be tested before it is deployed, past its authorizer and without
// an API key.
func TestInvokeMethod(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.fn.Says("shut", `{}`, "")
	a := e.restAPI()
	a.method("GET /pets/{id}", &apigateway.PutMethodInput{
		ApiKeyRequired: true, AuthorizationType: aws.String("CUSTOM"), AuthorizerId: a.authorizer(&apigateway.CreateAuthorizerInput{
			Type: types.AuthorizerTypeToken, AuthorizerUri: functionURI("shut"), IdentitySource: aws.String("method.request.header.X-Token"),
		}),
	}, &apigateway.PutIntegrationInput{
		Type: types.IntegrationTypeMock, RequestTemplates: map[string]string{"application/json": `{"statusCode": 200}`},
	})
	a.response("GET /pets/{id}", "200", &apigateway.PutIntegrationResponseInput{
		ResponseTemplates: map[string]string{"application/json": `$input.params('id') $input.params('q') $input.params('X-In') $stageVariables.v $context.stage`},
	})
	in := &apigateway.TestInvokeMethodInput{
		RestApiId: &a.id, ResourceId: aws.String(a.resource("/pets/{id}")), HttpMethod: aws.String("GET"), PathWithQueryString: aws.String("/pets/7?q=x"),
		Headers: map[string]string{"X-In": "in"}, StageVariables: map[string]string{"v": "var"},
	}
	out := must[*apigateway.TestInvokeMethodOutput](t)(e.APIGateway().TestInvokeMethod(t.Context(), in))
	if out.Status != 200 || *out.Body != "7 x in var test-invoke-stage" || out.Headers["Content-Type"] != "application/json" {
		t.Errorf("%d %s %v", out.Status, *out.Body, out.Headers)
	}
	for _, want := range []string{"Execution log for request ", " : Starting execution for request: ", " : Method request path: {id=7}", " : Method completed with status: 200\n"} {
		if !strings.Contains(*out.Log, want) {
			t.Errorf("no %q in %s", want, *out.Log)
		}
	}
	in.HttpMethod = aws.String("POST")
	if _, err := e.APIGateway().TestInvokeMethod(t.Context(), in); testenv.ErrorCode(err) != "NotFoundException" {
		t.Errorf("a method that is not there: %v", err)
	}
}

func TestInvokeAuthorizer(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.gate("gate", func(event map[string]any) string { token, _ := event["authorizationToken"].(string); return token })
	a := e.restAPI()
	id := a.authorizer(&apigateway.CreateAuthorizerInput{
		Type: types.AuthorizerTypeToken, AuthorizerUri: functionURI("gate"), IdentitySource: aws.String("method.request.header.X-Token"),
	})
	for token, status := range map[string]int32{"open": 200, "nobody": 401, "failing": 500, "broken": 500, "": 401} {
		out := must[*apigateway.TestInvokeAuthorizerOutput](t)(e.APIGateway().TestInvokeAuthorizer(t.Context(), &apigateway.TestInvokeAuthorizerInput{
			RestApiId: &a.id, AuthorizerId: id, Headers: map[string]string{"X-Token": token},
		}))
		if out.ClientStatus != status {
			t.Errorf("%q: %d, want %d: %s", token, out.ClientStatus, status, *out.Log)
		}
		if status == 200 && (*out.PrincipalId != "ann" || !strings.Contains(*out.Policy, `"Effect":"Allow"`) || textOf(out.Authorization) != "map[b:[true] n:[7] s:[x]]") {
			t.Errorf("%s %s %v", *out.PrincipalId, *out.Policy, out.Authorization)
		}
	}
}
