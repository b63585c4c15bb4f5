package cloudformation_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
	apigatewaysvc "maru.dev/maru/service/apigateway"
	"maru.dev/maru/service/apigatewayv2"
)

// restTemplate has a resource of each type of REST APIs.
const restTemplate = `
Parameters: {Change: {Type: String, Default: "no"}}
Conditions: {Changed: !Equals [!Ref Change, "yes"]}
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Name: !If [Changed, pets2, pets]
      Description: !If [Changed, !Ref "AWS::NoValue", about pets]
      BinaryMediaTypes: !If [Changed, [image~1gif], [image~1png]]
      MinimumCompressionSize: !If [Changed, !Ref "AWS::NoValue", 100]
      EndpointConfiguration: {Types: [!If [Changed, REGIONAL, EDGE]]}
      DisableExecuteApiEndpoint: !If [Changed, true, false]
      Policy: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: "*", Action: "execute-api:Invoke", Resource: "*"}]}
      Tags: [{Key: k, Value: !Ref Change}]
  Pets: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: pets}}
  Token:
    Type: AWS::ApiGateway::Authorizer
    Properties:
      RestApiId: !Ref Api
      Name: token
      Type: TOKEN
      AuthorizerUri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations
      IdentitySource: method.request.header.Authorization
      AuthorizerResultTtlInSeconds: !If [Changed, !Ref "AWS::NoValue", 60]
      IdentityValidationExpression: !If [Changed, "b.*", !Ref "AWS::NoValue"]
  Pet: {Type: AWS::ApiGateway::Model, Properties: {RestApiId: !Ref Api, Schema: {type: !If [Changed, object, string]}}}
  Validator: {Type: AWS::ApiGateway::RequestValidator, Properties: {RestApiId: !Ref Api, ValidateRequestBody: !If [Changed, false, true]}}
  Missing: {Type: AWS::ApiGateway::GatewayResponse, Properties: {RestApiId: !Ref Api, ResponseType: DEFAULT_4XX, StatusCode: !If [Changed, "418", "404"]}}
  Get:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Pets
      HttpMethod: GET
      AuthorizationType: CUSTOM
      AuthorizerId: !Ref Token
      RequestValidatorId: !Ref Validator
      ApiKeyRequired: true
      RequestParameters: {method.request.header.X: !If [Changed, false, true]}
      RequestModels: {application/json: !Ref Pet}
      MethodResponses: [{StatusCode: 200, ResponseParameters: {method.response.header.A: true}}]
      Integration:
        Type: MOCK
        RequestTemplates: {application/json: "{\"statusCode\": 200}"}
        IntegrationResponses: [{StatusCode: 200, ResponseParameters: {method.response.header.A: "'b'"}, ResponseTemplates: {application/json: !Ref Change}}]
  Documented: {Type: AWS::ApiGateway::DocumentationPart, Properties: {RestApiId: !Ref Api, Location: {Type: API}, Properties: !Sub '{"description":"${Change}"}'}}
  Version: {Type: AWS::ApiGateway::DocumentationVersion, DependsOn: Documented, Properties: {RestApiId: !Ref Api, DocumentationVersion: "1", Description: !Ref Change}}
  Deployment: {Type: AWS::ApiGateway::Deployment, DependsOn: Get, Properties: {RestApiId: !Ref Api, Description: !Ref Change}}
  Certificate: {Type: AWS::ApiGateway::ClientCertificate, Properties: {Description: !Ref Change}}
  Prod:
    Type: AWS::ApiGateway::Stage
    Properties:
      RestApiId: !Ref Api
      StageName: prod
      DeploymentId: !Ref Deployment
      ClientCertificateId: !Ref Certificate
      DocumentationVersion: !Ref Version
      Variables: {Kept: a, Other: !Ref Change}
      TracingEnabled: !If [Changed, true, false]
      AccessLogSetting: !If [Changed, !Ref "AWS::NoValue", {DestinationArn: "arn:aws:logs:us-east-1:000000000000:log-group:g", Format: "$context.requestId"}]
      CanarySetting: !If [Changed, {DeploymentId: !Ref Deployment, PercentTraffic: 10}, !Ref "AWS::NoValue"]
      MethodSettings:
        - {ResourcePath: "/*", HttpMethod: "*", MetricsEnabled: true, LoggingLevel: INFO}
        - !If [Changed, {ResourcePath: "/~1pets", HttpMethod: GET, ThrottlingRateLimit: 5}, {ResourcePath: "/", HttpMethod: GET, CacheTtlInSeconds: 3, CachingEnabled: true}]
      Tags: [{Key: s, Value: !Ref Change}]
  Beside:
    Type: AWS::ApiGateway::Deployment
    DependsOn: Get
    Properties: {RestApiId: !Ref Api, StageName: !If [Changed, test2, test], StageDescription: {Description: !Ref Change, ThrottlingBurstLimit: 7, Variables: {A: b}}}
  Key: {Type: AWS::ApiGateway::ApiKey, Properties: {Enabled: !If [Changed, false, true], Description: !Ref Change, Value: a-value-of-twenty-characters}}
  Plan:
    Type: AWS::ApiGateway::UsagePlan
    Properties:
      UsagePlanName: !If [Changed, two, one]
      ApiStages: [{ApiId: !Ref Api, Stage: !Ref Prod, Throttle: !If [Changed, {/pets/GET: {RateLimit: 9, BurstLimit: 9}}, {/pets/GET: {RateLimit: 1, BurstLimit: 2}}]}]
      Quota: !If [Changed, !Ref "AWS::NoValue", {Limit: 10, Period: DAY}]
      Throttle: !If [Changed, {RateLimit: 1, BurstLimit: 2}, !Ref "AWS::NoValue"]
      Tags: [{Key: p, Value: !Ref Change}]
  Member: {Type: AWS::ApiGateway::UsagePlanKey, Properties: {KeyId: !Ref Key, KeyType: API_KEY, UsagePlanId: !Ref Plan}}
  Domain:
    Type: AWS::ApiGateway::DomainName
    Properties:
      DomainName: pets.example.com
      RegionalCertificateArn: !Sub "arn:aws:acm:us-east-1:000000000000:certificate/${Change}"
      EndpointConfiguration: {Types: [REGIONAL]}
      SecurityPolicy: !If [Changed, TLS_1_2, TLS_1_0]
  Mapping: {Type: AWS::ApiGateway::BasePathMapping, Properties: {DomainName: !Ref Domain, BasePath: v1, RestApiId: !Ref Api, Stage: !If [Changed, !Ref "AWS::NoValue", !Ref Prod]}}
  Link: {Type: AWS::ApiGateway::VpcLink, Properties: {Name: !If [Changed, l2, l], TargetArns: ["arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/n/1"]}}
  Account: {Type: AWS::ApiGateway::Account, Properties: {CloudWatchRoleArn: !If [Changed, !Ref "AWS::NoValue", "arn:aws:iam::000000000000:role/logs"]}}
Outputs:
  Api: {Value: !Ref Api}
  Key: {Value: !Ref Key}
  Plan: {Value: !Ref Plan}
  Domain: {Value: !GetAtt Domain.RegionalDomainName}
`

// A stack with a resource of each type is made, changed in place, and deleted
// without anything left of it.
func TestStackOfARESTAPI(t *testing.T) {
	t.Parallel()
	env := testenv.NewWith(t, testenv.Options{Clock: clock.System{}}, append(registrations(), apigatewaysvc.Registration(), apigatewayv2.Registration())...)
	st := create(t, env, &cfn.CreateStackInput{StackName: aws.String("rest"), TemplateBody: aws.String(restTemplate)})
	want(t, env, st, "CREATE_COMPLETE")
	c, out := env.APIGateway(), outputs(st)
	id := aws.String(out["Api"])
	see := func() (summary []string) {
		t.Helper()
		a, err := c.GetRestApi(t.Context(), &apigateway.GetRestApiInput{RestApiId: id})
		if err != nil {
			t.Fatal(err)
		}
		stage, err := c.GetStage(t.Context(), &apigateway.GetStageInput{RestApiId: id, StageName: aws.String("prod")})
		if err != nil {
			t.Fatal(err)
		}
		plan, err := c.GetUsagePlan(t.Context(), &apigateway.GetUsagePlanInput{UsagePlanId: aws.String(out["Plan"])})
		if err != nil {
			t.Fatal(err)
		}
		summary = append(summary, *a.Name, strings.Join(a.BinaryMediaTypes, ","), string(a.EndpointConfiguration.Types[0]), a.Tags["k"], stage.Variables["Other"], stage.Tags["s"], *plan.Name)
		for name, s := range stage.MethodSettings {
			if s.ThrottlingRateLimit == 5 || s.CachingEnabled {
				summary = append(summary, name)
			}
		}
		if (plan.Quota != nil) == (plan.Throttle != nil) || plan.ApiStages[0].Throttle["/pets/GET"].RateLimit == 0 || (stage.CanarySettings != nil) == (stage.AccessLogSettings != nil) {
			t.Errorf("plan %+v, stage %+v", plan, stage)
		}
		return summary
	}
	if got := see(); !slices.Equal(got, []string{"pets", "image/png", "EDGE", "no", "no", "no", "one", "~1/GET"}) {
		t.Errorf("made: %q", got)
	}
	_, err := env.CloudFormation().UpdateStack(t.Context(), &cfn.UpdateStackInput{
		StackName: st.StackName, UsePreviousTemplate: aws.Bool(true),
		Parameters: []types.Parameter{{ParameterKey: aws.String("Change"), ParameterValue: aws.String("yes")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want(t, env, settle(t, env, *st.StackId), "UPDATE_COMPLETE")
	if got := see(); !slices.Equal(got, []string{"pets2", "image/gif", "REGIONAL", "yes", "yes", "yes", "two", "~1pets/GET"}) {
		t.Errorf("changed: %q", got)
	}
	if _, err := env.CloudFormation().DeleteStack(t.Context(), &cfn.DeleteStackInput{StackName: st.StackId}); err != nil {
		t.Fatal(err)
	}
	want(t, env, settle(t, env, *st.StackId), "DELETE_COMPLETE")
	apis, err := c.GetRestApis(t.Context(), &apigateway.GetRestApisInput{})
	plans, err2 := c.GetUsagePlans(t.Context(), &apigateway.GetUsagePlansInput{})
	keys, err3 := c.GetApiKeys(t.Context(), &apigateway.GetApiKeysInput{})
	if err != nil || err2 != nil || err3 != nil || len(apis.Items)+len(plans.Items)+len(keys.Items) > 0 {
		t.Errorf("left: %+v %+v %+v (%v, %v, %v)", apis, plans, keys, err, err2, err3)
	}
}
