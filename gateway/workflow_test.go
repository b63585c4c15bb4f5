package gateway_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"maru.dev/maru/service/states"
)

// A workflow's task calls an API, signed in its role where it says so.
func TestAWorkflowCallsAnAPI(t *testing.T) {
	t.Parallel()
	e := newEnv(t, states.Registration())
	id := e.api("POST /open/{name}", "POST /closed")
	for _, r := range must[*apigatewayv2.GetRoutesOutput](t)(e.APIGatewayV2().GetRoutes(t.Context(), &apigatewayv2.GetRoutesInput{ApiId: &id})).Items {
		if *r.RouteKey == "POST /closed" {
			must[*apigatewayv2.UpdateRouteOutput](t)(e.APIGatewayV2().UpdateRoute(t.Context(), &apigatewayv2.UpdateRouteInput{
				ApiId: &id, RouteId: r.RouteId, AuthorizationType: types.AuthorizationTypeAwsIam,
			}))
		}
	}
	tests := map[string]struct {
		more          string // of the parameters
		status, error string
	}{
		"without authorization": {`"Path":"open/x"`, "SUCCEEDED", ""},
		"unsigned":              {`"Path":"/closed"`, "FAILED", "ApiGateway.403"},
		"signed":                {`"Path":"/closed","AuthType":"IAM_ROLE"`, "SUCCEEDED", ""},
		"nowhere":               {`"Path":"/nope","AuthType":"IAM_ROLE"`, "FAILED", "ApiGateway.404"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			definition := `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::apigateway:invoke","Parameters":{
				"ApiEndpoint":"` + id + `.execute-api.us-east-1.amazonaws.com","Method":"POST","Headers":{"x-a":["1","2"]},"QueryParameters":{"q":["z"]},"RequestBody":{"b":1},` + tt.more + `},"End":true}}}`
			m := must[*sfn.CreateStateMachineOutput](t)(e.SFN().CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{
				Name: aws.String(strings.ReplaceAll(name, " ", "-")), Definition: &definition, RoleArn: aws.String("arn:aws:iam::000000000000:role/r"), Type: "EXPRESS",
			}))
			out := must[*sfn.StartSyncExecutionOutput](t)(e.SFN().StartSyncExecution(t.Context(), &sfn.StartSyncExecutionInput{StateMachineArn: m.StateMachineArn}))
			if string(out.Status) != tt.status || aws.ToString(out.Error) != tt.error {
				t.Fatalf("%s %s %s", out.Status, aws.ToString(out.Error), aws.ToString(out.Cause))
			}
			if tt.error != "" {
				return
			}
			var got struct {
				StatusCode   int
				ResponseBody struct {
					Body           string
					RawQueryString string
					Headers        map[string]string
				}
			}
			if err := json.Unmarshal([]byte(*out.Output), &got); err != nil {
				t.Fatal(err, *out.Output)
			}
			if b := got.ResponseBody; got.StatusCode != http.StatusOK || b.Body != `{"b":1}` || b.RawQueryString != "q=z" || b.Headers["x-a"] != "1,2" || b.Headers["content-type"] != "application/json" {
				t.Errorf("%s", *out.Output)
			}
		})
	}
}
