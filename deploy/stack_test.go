package deploy_test

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	apigatewayv2api "maru.dev/maru/api/apigatewayv2"
	cloudformationapi "maru.dev/maru/api/cloudformation"
	dynamodbapi "maru.dev/maru/api/dynamodb"
	iamapi "maru.dev/maru/api/iam"
	lambdaapi "maru.dev/maru/api/lambda"
	logsapi "maru.dev/maru/api/logs"
	s3api "maru.dev/maru/api/s3"
	sesapi "maru.dev/maru/api/ses"
	sesv2api "maru.dev/maru/api/sesv2"
	snsapi "maru.dev/maru/api/sns"
	sqsapi "maru.dev/maru/api/sqs"
	ssmapi "maru.dev/maru/api/ssm"
	stsapi "maru.dev/maru/api/sts"
	"maru.dev/maru/clock"
	"maru.dev/maru/edge"
	"maru.dev/maru/gateway/cfnsignal"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigatewayv2"
	"maru.dev/maru/service/cloudformation"
	"maru.dev/maru/service/dynamodb"
	"maru.dev/maru/service/iam"
	lambdasvc "maru.dev/maru/service/lambda"
	"maru.dev/maru/service/logs"
	"maru.dev/maru/service/s3"
	"maru.dev/maru/service/ses"
	"maru.dev/maru/service/sesv2"
	"maru.dev/maru/service/sns"
	"maru.dev/maru/service/sqs"
	"maru.dev/maru/service/ssm"
	"maru.dev/maru/service/sts"
	"maru.dev/maru/wire"
)

// of registers a service.
func of[S any](model *wire.Service, make func(service.Deps) *S) service.Registration {
	return service.Registration{Model: model, New: func(d service.Deps) any { return make(d) }}
}

// newEnv starts a server with what applications deploy.
func newEnv(t *testing.T) *testenv.Env {
	t.Helper()
	return envWith(t, of(cloudformationapi.Model, cloudformation.New))
}

// envWith is newEnv with a CloudFormation of its own.
func envWith(t *testing.T, stacks service.Registration) *testenv.Env {
	t.Helper()
	mounts := func(d service.Deps, find func(string) any) []edge.Mount {
		return []edge.Mount{cfnsignal.Mount(find("cloudformation").(cfnsignal.Receiver), d.Log)}
	}
	return testenv.NewWith(t, testenv.Options{Clock: clock.System{}, Mounts: mounts},
		stacks, of(sqsapi.Model, sqs.New), of(snsapi.Model, sns.New),
		of(dynamodbapi.Model, dynamodb.New), of(iamapi.Model, iam.New), of(logsapi.Model, logs.New), of(stsapi.Model, sts.New),
		of(lambdaapi.Model, lambdasvc.New), of(s3api.Model, s3.New), of(apigatewayv2api.Model, apigatewayv2.New),
		of(ssmapi.Model, ssm.New), of(sesapi.Model, ses.New), of(sesv2api.Model, sesv2.New),
	)
}

// settled waits until a stack does nothing any more.
func settled(t *testing.T, env *testenv.Env, name string) types.Stack {
	t.Helper()
	for range 3000 {
		out, err := env.CloudFormation().DescribeStacks(t.Context(), &cfn.DescribeStacksInput{StackName: &name})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(string(out.Stacks[0].StackStatus), "_IN_PROGRESS") {
			return out.Stacks[0]
		}
		<-clock.System{}.NewTimer(10 * time.Millisecond).C()
	}
	t.Fatalf("stack is still busy:\n%s", events(t, env, name))
	return types.Stack{}
}

// events is what happened to a stack.
func events(t *testing.T, env *testenv.Env, name string) string {
	t.Helper()
	out, err := env.CloudFormation().DescribeStackEvents(t.Context(), &cfn.DescribeStackEventsInput{StackName: &name})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, e := range out.StackEvents {
		lines = append([]string{*e.LogicalResourceId + " " + string(e.ResourceStatus) + " " + aws.ToString(e.ResourceStatusReason)}, lines...)
	}
	return strings.Join(lines, "\n")
}

// stacked makes a stack and waits for its end.
func stacked(t *testing.T, env *testenv.Env, name, body string, status types.StackStatus) types.Stack {
	t.Helper()
	_, err := env.CloudFormation().CreateStack(t.Context(), &cfn.CreateStackInput{
		StackName: &name, TemplateBody: &body, Capabilities: []types.Capability{"CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"},
	})
	if err != nil {
		t.Fatal(err)
	}
	st := settled(t, env, name)
	if st.StackStatus != status {
		t.Fatalf("stack is %s, want %s\n%s", st.StackStatus, status, events(t, env, name))
	}
	return st
}

// output is one output of a stack.
func output(st types.Stack, key string) string {
	for _, o := range st.Outputs {
		if *o.OutputKey == key {
			return *o.OutputValue
		}
	}
	return ""
}

const custom = `
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
  Handler:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Timeout: 20
      Role: !GetAtt Role.Arn
      Code:
        ZipFile: |
          import cfnresponse
          def handler(event, context):
              p = event["ResourceProperties"]
              if p.get("Fail") == event["RequestType"]:
                  cfnresponse.send(event, context, cfnresponse.FAILED, {}, "x", reason="as asked")
                  return
              data = {"Sum": str(int(p["A"]) + int(p["B"])), "Request": event["RequestType"]}
              cfnresponse.send(event, context, cfnresponse.SUCCESS, data, "sum-" + p["Name"])
  Sum:
    Type: Custom::Sum
    Properties: {ServiceToken: !GetAtt Handler.Arn, Name: PNAME, A: 1, B: PB, Fail: PFAIL}
Outputs:
  Sum: {Value: !GetAtt Sum.Sum}
  Id: {Value: !Ref Sum}
  Request: {Value: !GetAtt Sum.Request}
`

func TestCustomResourceByFunction(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("no python3")
	}
	env := newEnv(t)
	body := func(name, b, fail string) string {
		return strings.NewReplacer("PNAME", name, "PB", b, "PFAIL", fail).Replace(custom)
	}
	st := stacked(t, env, "s", body("a", "2", "never"), types.StackStatusCreateComplete)
	if output(st, "Sum") != "3" || output(st, "Id") != "sum-a" || output(st, "Request") != "Create" {
		t.Errorf("outputs %+v", st.Outputs)
	}
	for _, tt := range []struct{ name, b, sum, id string }{{"a", "3", "4", "sum-a"}, {"b", "3", "4", "sum-b"}} {
		if _, err := env.CloudFormation().UpdateStack(t.Context(), &cfn.UpdateStackInput{
			StackName: aws.String("s"), TemplateBody: aws.String(body(tt.name, tt.b, "never")), Capabilities: []types.Capability{"CAPABILITY_IAM"},
		}); err != nil {
			t.Fatal(err)
		}
		st = settled(t, env, "s")
		if output(st, "Sum") != tt.sum || output(st, "Id") != tt.id || output(st, "Request") != "Update" {
			t.Errorf("%s: outputs %+v\n%s", st.StackStatus, st.Outputs, events(t, env, "s"))
		}
	}
	if _, err := env.CloudFormation().DeleteStack(t.Context(), &cfn.DeleteStackInput{StackName: aws.String("s")}); err != nil {
		t.Fatal(err)
	}
	if st = settled(t, env, *st.StackId); st.StackStatus != types.StackStatusDeleteComplete {
		t.Errorf("stack is %s\n%s", st.StackStatus, events(t, env, *st.StackId))
	}

	stacked(t, env, "f", body("a", "2", "Create"), types.StackStatusRollbackComplete)
	if got := events(t, env, "f"); !strings.Contains(got, "Sum CREATE_FAILED Received response status [FAILED] from custom resource. Message returned: as asked (RequestId: ") {
		t.Errorf("events:\n%s", got)
	}
}

func TestWaitConditionIsSignalled(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	_, err := env.CloudFormation().CreateStack(t.Context(), &cfn.CreateStackInput{StackName: aws.String("w"), TemplateBody: aws.String(`
Resources:
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
  Wait: {Type: AWS::CloudFormation::WaitCondition, Properties: {Handle: !Ref Handle, Timeout: 20, Count: 2}}
Outputs: {Data: {Value: !GetAtt Wait.Data}}`)})
	if err != nil {
		t.Fatal(err)
	}
	url := ""
	for range 1000 {
		out, err := env.CloudFormation().DescribeStackResources(t.Context(), &cfn.DescribeStackResourcesInput{StackName: aws.String("w")})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range out.StackResources {
			if *r.LogicalResourceId == "Handle" && r.ResourceStatus == types.ResourceStatusCreateComplete {
				url = *r.PhysicalResourceId
			}
		}
		if url != "" {
			break
		}
		<-clock.System{}.NewTimer(5 * time.Millisecond).C()
	}
	for _, id := range []string{"one", "two"} {
		req, err := newPut(t, url, `{"Status":"SUCCESS","UniqueId":"`+id+`","Data":"d-`+id+`","Reason":"r"}`)
		if err != nil {
			t.Fatal(err)
		}
		reply, err := env.HTTP().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		reply.Body.Close()
		if reply.StatusCode != http.StatusOK {
			t.Fatalf("signal: %s", reply.Status)
		}
	}
	st := settled(t, env, "w")
	if st.StackStatus != types.StackStatusCreateComplete || output(st, "Data") != `{"one":"d-one","two":"d-two"}` {
		t.Errorf("stack is %s, outputs %+v\n%s", st.StackStatus, st.Outputs, events(t, env, "w"))
	}
}

func TestNestedStack(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	folder := t.TempDir()
	write(t, folder, "inner.yaml", `
Parameters: {Names: {Type: CommaDelimitedList}}
Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Join ["-", !Ref Names]}}}
Outputs: {Url: {Value: !Ref Q}}`)
	write(t, folder, "outer.yaml", `
Resources:
  Inner: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: inner.yaml, Parameters: {Names: [a, b]}}}
Outputs: {Url: {Value: !GetAtt Inner.Outputs.Url}}`)
	r, err := run(t, env, folder+"/outer.yaml", "nest")
	if err != nil {
		t.Fatalf("%v\n%s", err, events(t, env, "nest"))
	}
	if len(r.Outputs) != 1 || !strings.HasSuffix(r.Outputs[0].Value, "/a-b") {
		t.Errorf("outputs %+v", r.Outputs)
	}
	out, err := env.CloudFormation().DescribeStacks(t.Context(), &cfn.DescribeStacksInput{})
	if err != nil || len(out.Stacks) != 2 {
		t.Fatalf("stacks %+v, %v", out, err)
	}
	for _, st := range out.Stacks {
		if strings.HasPrefix(*st.StackName, "nest-Inner-") && (aws.ToString(st.ParentId) != r.StackID || aws.ToString(st.RootId) != r.StackID) {
			t.Errorf("nested stack %+v", st)
		}
	}
	if _, err := env.CloudFormation().DeleteStack(t.Context(), &cfn.DeleteStackInput{StackName: aws.String("nest")}); err != nil {
		t.Fatal(err)
	}
	if st := settled(t, env, r.StackID); st.StackStatus != types.StackStatusDeleteComplete {
		t.Errorf("stack is %s\n%s", st.StackStatus, events(t, env, r.StackID))
	}
	if out, err = env.CloudFormation().DescribeStacks(t.Context(), &cfn.DescribeStacksInput{}); err != nil || len(out.Stacks) != 0 {
		t.Errorf("stacks left: %+v, %v", out.Stacks, err)
	}
}

// Everything that there is a type for in the services here, in one stack that
// is made, changed and removed.
func TestEveryTypeLivesAndDies(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	body := strings.ReplaceAll(everything, "VALUE", "one")
	st := stacked(t, env, "all", body, types.StackStatusCreateComplete)
	if !strings.HasPrefix(output(st, "Endpoint"), "http") {
		t.Errorf("outputs %+v", st.Outputs)
	}
	if _, err := env.CloudFormation().UpdateStack(t.Context(), &cfn.UpdateStackInput{
		StackName: aws.String("all"), TemplateBody: aws.String(strings.ReplaceAll(everything, "VALUE", "two")), Capabilities: []types.Capability{"CAPABILITY_NAMED_IAM"},
	}); err != nil {
		t.Fatal(err)
	}
	if st = settled(t, env, "all"); st.StackStatus != types.StackStatusUpdateComplete {
		t.Fatalf("stack is %s\n%s", st.StackStatus, events(t, env, "all"))
	}
	if _, err := env.CloudFormation().DeleteStack(t.Context(), &cfn.DeleteStackInput{StackName: aws.String("all")}); err != nil {
		t.Fatal(err)
	}
	if st = settled(t, env, *st.StackId); st.StackStatus != types.StackStatusDeleteComplete {
		t.Fatalf("stack is %s\n%s", st.StackStatus, events(t, env, *st.StackId))
	}
}

const everything = `
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: VALUE, Tags: [{Key: a, Value: VALUE}]}}
  TopicPolicy:
    Type: AWS::SNS::TopicPolicy
    Properties:
      Topics: [!Ref Topic]
      PolicyDocument: {Version: 2012-10-17, Statement: [{Sid: VALUE, Effect: Allow, Principal: "*", Action: "sns:Publish", Resource: !Ref Topic}]}
  Queue: {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: a, Value: VALUE}]}}
  Subscription:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref Topic, Protocol: sqs, Endpoint: !GetAtt Queue.Arn, FilterPolicy: {kind: [VALUE]}, RawMessageDelivery: true}
  Bucket:
    Type: AWS::S3::Bucket
    Properties: {Tags: [{Key: a, Value: VALUE}], VersioningConfiguration: {Status: Enabled}}
  User: {Type: AWS::IAM::User, Properties: {Tags: [{Key: a, Value: VALUE}], Groups: [!Ref Group]}}
  Key: {Type: AWS::IAM::AccessKey, Properties: {UserName: !Ref User}}
  Group: {Type: AWS::IAM::Group}
  Member: {Type: AWS::IAM::UserToGroupAddition, Properties: {GroupName: !Ref Group, Users: [!Ref User]}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      Description: VALUE
      AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      Policies: [{PolicyName: VALUE, PolicyDocument: {Statement: [{Effect: Allow, Action: "s3:*", Resource: "*"}]}}]
  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [!Ref Role]}}
  Inline:
    Type: AWS::IAM::Policy
    Properties: {PolicyName: inline, Roles: [!Ref Role], PolicyDocument: {Version: 2012-10-17, Statement: [{Sid: VALUE, Effect: Allow, Action: "s3:*", Resource: "*"}]}}
  Managed:
    Type: AWS::IAM::ManagedPolicy
    Properties: {Roles: [!Ref Role], PolicyDocument: {Version: 2012-10-17, Statement: [{Sid: VALUE, Effect: Allow, Action: "s3:*", Resource: "*"}]}}
  Group2: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: 7, Tags: [{Key: a, Value: VALUE}]}}
  Stream: {Type: AWS::Logs::LogStream, Properties: {LogGroupName: !Ref Group2}}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Description: VALUE
      Environment: {Variables: {WORD: VALUE, NUMBER: 5}}
      Code: {ZipFile: "def handler(e, c): return 'VALUE'"}
      Tags: [{Key: a, Value: VALUE}]
  Version: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Function}}
  Alias: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref Function, Name: live, FunctionVersion: !GetAtt Version.Version, Description: VALUE}}
  Permission: {Type: AWS::Lambda::Permission, Properties: {FunctionName: !Ref Alias, Action: "lambda:InvokeFunction", Principal: apigateway.amazonaws.com}}
  Mapping: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref Alias, EventSourceArn: !GetAtt Source.Arn, BatchSize: 5, FilterCriteria: {Filters: [{Pattern: '{"body":["VALUE"]}'}]}}}
  Source: {Type: AWS::SQS::Queue}
  Invoke: {Type: AWS::Lambda::EventInvokeConfig, Properties: {FunctionName: !Ref Function, Qualifier: $LATEST, MaximumRetryAttempts: 1}}
  Url: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: !Ref Function, AuthType: NONE}}
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: all, ProtocolType: HTTP, Description: VALUE, Tags: {a: VALUE}}}
  Integration: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt Function.Arn, PayloadFormatVersion: "2.0", Description: VALUE}}
  Route: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: "GET /VALUE", Target: !Sub "integrations/${Integration}"}}
  Authorizer: {Type: AWS::ApiGatewayV2::Authorizer, Properties: {ApiId: !Ref Api, Name: VALUE, AuthorizerType: JWT, IdentitySource: ["$request.header.Authorization"], JwtConfiguration: {Issuer: "https://example.com", Audience: [a]}}}
  Deployment: {Type: AWS::ApiGatewayV2::Deployment, DependsOn: Route, Properties: {ApiId: !Ref Api, Description: VALUE}}
  Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: s, DeploymentId: !Ref Deployment, StageVariables: {v: VALUE}, Tags: {a: VALUE}}}
  Meta: {Type: AWS::CDK::Metadata, Properties: {Analytics: VALUE}}
Outputs:
  Endpoint: {Value: !GetAtt Api.ApiEndpoint}
  FunctionUrl: {Value: !GetAtt Url.FunctionUrl}
  Secret: {Value: !GetAtt Key.SecretAccessKey}
`
