package compat_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"maru.dev/maru/internal/testenv"
)

// restAPITour is what a user of `aws apigateway` does: an API by hand, one of a
// document, keys.
var restAPITour = []step{
	{run: `aws apigateway create-rest-api --name cli --endpoint-configuration types=REGIONAL --query id --output text`, save: "API"},
	{run: `aws apigateway get-resources --rest-api-id $API --query 'items[0].id' --output text`, save: "ROOT"},
	{run: `aws apigateway create-resource --rest-api-id $API --parent-id $ROOT --path-part hello --query id --output text`, save: "HELLO"},
	{run: `aws apigateway put-method --rest-api-id $API --resource-id $HELLO --http-method GET --authorization-type NONE --request-parameters method.request.querystring.name=true`, want: `"httpMethod": "GET"`},
	{run: `aws apigateway put-method-response --rest-api-id $API --resource-id $HELLO --http-method GET --status-code 200 --response-models application/json=Empty`, want: `"statusCode": "200"`},
	{run: `aws apigateway put-integration --rest-api-id $API --resource-id $HELLO --http-method GET --type MOCK --request-templates '{"application/json":"{\"statusCode\": 200}"}'`, want: `"type": "MOCK"`},
	{run: `aws apigateway put-integration-response --rest-api-id $API --resource-id $HELLO --http-method GET --status-code 200 --response-templates '{"application/json":"{\"hello\": \"$input.params(\u0027name\u0027)\"}"}'`, want: `"statusCode": "200"`},
	{run: `aws apigateway test-invoke-method --rest-api-id $API --resource-id $HELLO --http-method GET --path-with-query-string '/hello?name=Ada' --query body --output text`, want: `{"hello": "Ada"}`},
	{run: `aws apigateway create-deployment --rest-api-id $API --stage-name prod --description first`, want: `"description": "first"`},
	{run: `curl -sS "$AWS_ENDPOINT_URL/_maru/execute-api/$API/prod/hello?name=Ada"`, want: `{"hello": "Ada"}`},
	{run: `aws apigateway update-method --rest-api-id $API --resource-id $HELLO --http-method GET --patch-operations op=replace,path=/apiKeyRequired,value=true`, want: `"apiKeyRequired": true`},
	{run: `aws apigateway create-deployment --rest-api-id $API --stage-name prod`},
	{run: `curl -sS -w ' %{http_code}' "$AWS_ENDPOINT_URL/_maru/execute-api/$API/prod/hello?name=Ada"`, want: `{"message":"Forbidden"} 403`},
	{run: `aws apigateway create-api-key --name cli --enabled --query id --output text`, save: "KEY"},
	{run: `aws apigateway get-api-key --api-key $KEY --include-value --query value --output text`, save: "VALUE"},
	{run: `aws apigateway create-usage-plan --name cli --api-stages apiId=$API,stage=prod --throttle burstLimit=10,rateLimit=10 --query id --output text`, save: "PLAN"},
	{run: `aws apigateway create-usage-plan-key --usage-plan-id $PLAN --key-id $KEY --key-type API_KEY`, want: `"type": "API_KEY"`},
	{run: `curl -sS -H "x-api-key: $VALUE" "$AWS_ENDPOINT_URL/_maru/execute-api/$API/prod/hello?name=Bob"`, want: `{"hello": "Bob"}`},
	{run: `aws apigateway get-export --rest-api-id $API --stage-name prod --export-type oas30 --parameters extensions=apigateway --accepts application/yaml api.yaml`, want: "application/yaml"},
	{run: `grep -c x-amazon-apigateway-integration api.yaml`, want: "1"},
	{run: `aws apigateway import-rest-api --fail-on-warnings --body file://api.yaml --cli-binary-format raw-in-base64-out --query id --output text 2>/dev/null || aws apigateway import-rest-api --fail-on-warnings --body file://api.yaml --query id --output text`, save: "COPY"},
	{run: `aws apigateway get-resources --rest-api-id $COPY --query 'items[].path' --output text`, want: "/hello"},
	{run: `aws apigateway update-stage --rest-api-id $API --stage-name prod --patch-operations 'op=replace,path=/~1hello/GET/throttling/rateLimit,value=7' --query 'methodSettings' `, want: `"throttlingRateLimit": 7.0`},
	{run: `aws apigateway tag-resource --resource-arn arn:aws:apigateway:us-east-1::/restapis/$API --tags a=b && aws apigateway get-rest-api --rest-api-id $API --query tags.a --output text`, want: "b"},
	{run: `aws apigateway delete-usage-plan --usage-plan-id $PLAN`, fails: "BadRequestException"},
	{run: `aws apigateway delete-rest-api --rest-api-id $API`},
	{run: `aws apigateway get-rest-api --rest-api-id $API`, fails: "NotFoundException"},
}

func TestTheAWSCLIMakesRESTAPIs(t *testing.T) {
	t.Parallel()
	needs(t, hasCLI)
	take(t, restAPITour, nil)
}

// restAPITemplate is an application with a REST API, an authorizer, keys and a
// workflow behind it.
const restAPITemplate = `AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.11, Handler: index.handler, Timeout: 30}
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      Cors: "'*'"
      Models: {Pet: {type: object, required: [name]}}
      GatewayResponses: {BAD_REQUEST_BODY: {StatusCode: 422, ResponseTemplates: {application/json: '{"why":"body"}'}}}
      Auth:
        DefaultAuthorizer: Token
        AddDefaultAuthorizerToCorsPreflight: false
        Authorizers: {Token: {FunctionArn: !GetAtt Guard.Arn, Identity: {ReauthorizeEvery: 0}}}
        UsagePlan: {CreateUsagePlan: PER_API}
  Guard:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: |
        def handler(event, context):
            effect = "Allow" if event["authorizationToken"] == "good" else "Deny"
            return {"principalId": "ada", "policyDocument": {"Version": "2012-10-17", "Statement": [
                {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}]}}
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: |
        import json
        def handler(event, context):
            who = event["requestContext"].get("authorizer", {}).get("principalId")
            return {"statusCode": 200, "headers": {"X-Stage": event["requestContext"]["stage"]}, "body": json.dumps({"who": who, "id": event["pathParameters"]["id"]})}
      Events:
        Get: {Type: Api, Properties: {RestApiId: !Ref Api, Path: "/hello/{id}", Method: get}}
        Post: {Type: Api, Properties: {RestApiId: !Ref Api, Path: "/hello/{id}", Method: post, RequestModel: {Model: Pet, Required: true, ValidateBody: true}}}
        Keyed: {Type: Api, Properties: {RestApiId: !Ref Api, Path: "/keyed/{id}", Method: get, Auth: {Authorizer: NONE, ApiKeyRequired: true}}}
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition: {StartAt: Done, States: {Done: {Type: Succeed}}}
      Events:
        Start: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /start, Method: post, Auth: {Authorizer: NONE}}}
Outputs:
  Url: {Value: !Sub "https://${Api}.execute-api.${AWS::Region}.amazonaws.com/prod"}
  Api: {Value: !Ref Api}
  Key: {Value: !Ref Api.ApiKey}
`

// deploy makes a stack of a template, and returns its outputs.
func deploy(t *testing.T, p *testenv.Proc, name, template string) map[string]string {
	t.Helper()
	c := p.CloudFormation()
	_, err := c.CreateStack(t.Context(), &cfn.CreateStackInput{
		StackName: &name, TemplateBody: &template, Capabilities: []types.Capability{types.CapabilityCapabilityIam, types.CapabilityCapabilityAutoExpand},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := cfn.NewStackCreateCompleteWaiter(c, func(o *cfn.StackCreateCompleteWaiterOptions) {
		o.MinDelay, o.MaxDelay = 50*time.Millisecond, 200*time.Millisecond
	}).Wait(t.Context(), &cfn.DescribeStacksInput{StackName: &name}, 5*time.Minute); err != nil {
		events, _ := c.DescribeStackEvents(t.Context(), &cfn.DescribeStackEventsInput{StackName: &name})
		for _, e := range events.StackEvents {
			if e.ResourceStatusReason != nil {
				t.Logf("%s %s %s", aws.ToString(e.LogicalResourceId), e.ResourceStatus, *e.ResourceStatusReason)
			}
		}
		t.Fatal(err)
	}
	out, err := c.DescribeStacks(t.Context(), &cfn.DescribeStacksInput{StackName: &name})
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for _, o := range out.Stacks[0].Outputs {
		values[*o.OutputKey] = *o.OutputValue
	}
	return values
}

func TestAServerlessAPIAnswersAsItsTemplateSays(t *testing.T) {
	t.Parallel()
	needs(t, hasPython)
	p := testenv.Process(t)
	values := deploy(t, p, "pets", restAPITemplate)
	key, err := p.APIGateway().GetApiKey(t.Context(), &apigateway.GetApiKeyInput{ApiKey: aws.String(values["Key"]), IncludeValue: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		method, path, body string
		header             [2]string
		status             int
		want               string
	}{
		"allowed":         {method: "GET", path: "/hello/7", header: [2]string{"Authorization", "good"}, status: 200, want: `{"who": "ada", "id": "7"}`},
		"denied":          {method: "GET", path: "/hello/7", header: [2]string{"Authorization", "bad"}, status: 403, want: "not authorized"},
		"unknown":         {method: "GET", path: "/hello/7", status: 401, want: `{"message":"Unauthorized"}`},
		"its body":        {method: "POST", path: "/hello/7", body: `{"name":"x"}`, header: [2]string{"Authorization", "good"}, status: 200, want: "ada"},
		"not the body":    {method: "POST", path: "/hello/7", body: `{}`, header: [2]string{"Authorization", "good"}, status: 422, want: `{"why":"body"}`},
		"without a key":   {method: "GET", path: "/keyed/7", status: 403, want: `{"message":"Forbidden"}`},
		"with the key":    {method: "GET", path: "/keyed/7", header: [2]string{"x-api-key", *key.Value}, status: 200, want: `{"who": null, "id": "7"}`},
		"CORS":            {method: "OPTIONS", path: "/hello/7", status: 200},
		"the workflow":    {method: "POST", path: "/start", body: `{"a":"b"}`, status: 200, want: "executionArn"},
		"nothing is here": {method: "GET", path: "/none", status: 403, want: "Missing Authentication Token"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := http.NewRequestWithContext(t.Context(), tt.method, p.URL()+"/_maru/execute-api/"+values["Api"]+"/prod"+tt.path, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			if tt.header[0] != "" {
				r.Header.Set(tt.header[0], tt.header[1])
			}
			out, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = out.Body.Close() }()
			body, err := io.ReadAll(out.Body)
			if err != nil || out.StatusCode != tt.status || !strings.Contains(string(body), tt.want) {
				t.Errorf("%d %s (%v), want %d %s", out.StatusCode, body, err, tt.status, tt.want)
			}
			if name == "CORS" && out.Header.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("headers %v", out.Header)
			}
		})
	}
}
