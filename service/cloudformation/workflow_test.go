package cloudformation_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service/events"
	"maru.dev/maru/service/pipes"
	s3svc "maru.dev/maru/service/s3"
	schedulersvc "maru.dev/maru/service/scheduler"
	"maru.dev/maru/service/schemas"
	"maru.dev/maru/service/states"
)

// newEventEnv is a server with what workflows and events need.
func newEventEnv(t *testing.T) *testenv.Env {
	t.Helper()
	return testenv.New(t, append(registrations(), events.Registration(), pipes.Registration(), s3svc.Registration(),
		schedulersvc.Registration(), schemas.Registration(), states.Registration())...)
}

// bodies takes n messages from a queue.
func bodies(t *testing.T, env *testenv.Env, url string, n int) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	got := []string{}
	for len(got) < n {
		out, err := env.SQS().ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 20, MaxNumberOfMessages: 10})
		if err != nil {
			t.Fatalf("%v: %v", got, err)
		}
		for _, m := range out.Messages {
			got = append(got, *m.Body)
			if _, err := env.SQS().DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return got
}

const eventStack = `
Parameters:
  Answer: {Type: String, Default: one}
  At: {Type: String}
Resources:
  From: {Type: AWS::SQS::Queue}
  To: {Type: AWS::SQS::Queue}
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: shop, Description: !Ref Answer}}
  BusPolicy:
    Type: AWS::Events::EventBusPolicy
    Properties:
      EventBusName: !Ref Bus
      StatementId: friends
      Statement: {Effect: Allow, Action: events:PutEvents, Principal: {AWS: "arn:aws:iam::111122223333:root"}, Resource: !GetAtt Bus.Arn}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: {source: [shop]}
      Targets:
        - {Id: q, Arn: !GetAtt To.Arn, InputTransformer: {InputPathsMap: {id: $.detail.id}, InputTemplate: !Sub '"${Answer} <id>"'}}
  Archive: {Type: AWS::Events::Archive, Properties: {SourceArn: !GetAtt Bus.Arn, RetentionDays: 1}}
  Connection:
    Type: AWS::Events::Connection
    Properties: {AuthorizationType: API_KEY, AuthParameters: {ApiKeyAuthParameters: {ApiKeyName: k, ApiKeyValue: v}}}
  Destination:
    Type: AWS::Events::ApiDestination
    Properties: {ConnectionArn: !GetAtt Connection.Arn, HttpMethod: POST, InvocationEndpoint: "https://example.com/*"}
  Group: {Type: AWS::Scheduler::ScheduleGroup, Properties: {Name: g}}
  Role:
    Type: AWS::IAM::Role
    Properties: {AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: []}}
  Schedule:
    Type: AWS::Scheduler::Schedule
    Properties:
      GroupName: !Ref Group
      FlexibleTimeWindow: {Mode: "OFF"}
      ScheduleExpression: !Ref At
      Target: {Arn: !GetAtt To.Arn, RoleArn: !GetAtt Role.Arn, Input: !Sub "scheduled ${Answer}"}
  Pipe:
    Type: AWS::Pipes::Pipe
    Properties:
      RoleArn: !GetAtt Role.Arn
      Source: !GetAtt From.Arn
      SourceParameters: {SqsQueueParameters: {BatchSize: 1}}
      Target: !GetAtt To.Arn
      TargetParameters: {InputTemplate: !Sub '"piped ${Answer} <$.body>"'}
  Registry: {Type: AWS::EventSchemas::Registry, Properties: {RegistryName: reg}}
  Schema:
    Type: AWS::EventSchemas::Schema
    Properties:
      RegistryName: !GetAtt Registry.RegistryName
      Type: JSONSchemaDraft4
      Content: !Sub '{"title":"${Answer}"}'
  Discoverer: {Type: AWS::EventSchemas::Discoverer, Properties: {SourceArn: !GetAtt Bus.Arn}}
  Activity: {Type: AWS::StepFunctions::Activity, Properties: {Name: act}}
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: !GetAtt Role.Arn
      Definition: {StartAt: A, States: {A: {Type: Pass, Result: {answer: "${answer}"}, End: true}}}
      DefinitionSubstitutions: {answer: !Ref Answer}
  Version:
    Type: AWS::StepFunctions::StateMachineVersion
    Properties: {StateMachineArn: !Ref Machine, StateMachineRevisionId: !GetAtt Machine.StateMachineRevisionId}
  Alias:
    Type: AWS::StepFunctions::StateMachineAlias
    Properties: {Name: live, DeploymentPreference: {Type: ALL_AT_ONCE, StateMachineVersionArn: !Ref Version}}
Outputs:
  From: {Value: !Ref From}
  To: {Value: !Ref To}
  Alias: {Value: !Ref Alias}
  SchemaVersion: {Value: !GetAtt Schema.SchemaVersion}
  Pipe: {Value: !GetAtt Pipe.CurrentState}
`

// run starts an execution and returns its output.
func run(t *testing.T, env *testenv.Env, machine string) string {
	t.Helper()
	c := sfn.NewFromConfig(env.Config())
	started, err := c.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: &machine})
	if err != nil {
		t.Fatal(err)
	}
	var output string
	testenv.Eventually(t, "the execution has ended", func() bool {
		out, err := c.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: started.ExecutionArn})
		if err != nil || out.Output == nil {
			return false
		}
		output = *out.Output
		return true
	})
	return output
}

func TestStackOfWorkflowsAndEventsWorks(t *testing.T) {
	t.Parallel()
	env := newEventEnv(t)
	at := env.Now().Add(time.Hour).UTC().Truncate(time.Second)
	parameters := func(answer string) []types.Parameter {
		return []types.Parameter{
			{ParameterKey: new("Answer"), ParameterValue: &answer},
			{ParameterKey: new("At"), ParameterValue: new("at(" + at.Format("2006-01-02T15:04:05") + ")")},
		}
	}
	st := create(t, env, &cfn.CreateStackInput{StackName: new("s"), TemplateBody: new(eventStack), Parameters: parameters("one")})
	want(t, env, st, types.StackStatusCreateComplete)
	out := outputs(st)
	if out["SchemaVersion"] != "1" || out["Pipe"] != "RUNNING" || !strings.HasSuffix(out["Alias"], ":live") {
		t.Errorf("outputs %v", out)
	}
	works := func(answer string) {
		t.Helper()
		if got := run(t, env, out["Alias"]); got != fmt.Sprintf(`{"answer":%q}`, answer) {
			t.Errorf("the workflow answers %s", got)
		}
		if _, err := env.SQS().SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: new(out["From"]), MessageBody: new("hi")}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"piped " + answer + " hi"}, bodies(t, env, out["To"], 1)); diff != "" {
			t.Error(diff)
		}
		if _, err := env.Caller().CallJSON(env.Context(), "events", "PutEvents", []byte(
			`{"Entries":[{"EventBusName":"shop","Source":"shop","DetailType":"d","Detail":"{\"id\":\"7\"}"}]}`)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{`"` + answer + ` 7"`}, bodies(t, env, out["To"], 1)); diff != "" {
			t.Error(diff)
		}
	}
	works("one")
	if _, err := env.CloudFormation().UpdateStack(t.Context(), &cfn.UpdateStackInput{
		StackName: new("s"), UsePreviousTemplate: new(true), Parameters: parameters("two"), Capabilities: []types.Capability{"CAPABILITY_IAM"},
	}); err != nil {
		t.Fatal(err)
	}
	st = settle(t, env, "s")
	want(t, env, st, types.StackStatusUpdateComplete)
	if out := outputs(st); out["SchemaVersion"] != "2" {
		t.Errorf("outputs %v", out)
	}
	works("two")
	testenv.Eventually(t, "the pipe has removed what it has delivered", func() bool {
		in, err := env.SQS().GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: new(out["From"]), AttributeNames: []sqstypes.QueueAttributeName{"All"}})
		if err != nil {
			t.Fatal(err)
		}
		return in.Attributes["ApproximateNumberOfMessagesNotVisible"] == "0"
	})
	env.Advance(time.Hour + time.Second)
	if diff := cmp.Diff([]string{"scheduled two"}, bodies(t, env, out["To"], 1)); diff != "" {
		t.Error(diff)
	}
	if _, err := env.CloudFormation().DeleteStack(t.Context(), &cfn.DeleteStackInput{StackName: st.StackId}); err != nil {
		t.Fatal(err)
	}
	want(t, env, settle(t, env, *st.StackId), types.StackStatusDeleteComplete)
	for _, call := range [][3]string{
		{"states", "ListStateMachines", "stateMachines"},
		{"states", "ListActivities", "activities"},
		{"pipes", "ListPipes", "Pipes"},
		{"scheduler", "ListSchedules", "Schedules"},
		{"schemas", "ListDiscoverers", "Discoverers"},
		{"events", "ListArchives", "Archives"},
		{"events", "ListConnections", "Connections"},
		{"events", "ListApiDestinations", "ApiDestinations"},
		{"events", "ListRules", "Rules"},
	} {
		raw, err := env.Caller().CallJSON(env.Context(), call[0], call[1], []byte("{}"))
		if err != nil || !strings.Contains(string(raw), `"`+call[2]+`":[]`) {
			t.Errorf("%s %s: %s %v", call[0], call[1], raw, err)
		}
	}
}

const machineStack = `
Transform: AWS::Serverless-2016-10-31
Resources:
  To: {Type: AWS::SQS::Queue}
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: s3://code/flow.asl.yaml
      DefinitionSubstitutions: {Queue: !Ref To}
      AutoPublishAlias: live
      Policies:
        - SQSSendMessagePolicy: {QueueName: !GetAtt To.QueueName}
      Events:
        Placed:
          Type: EventBridgeRule
          Properties: {Pattern: {source: [shop]}}
        Later:
          Type: ScheduleV2
          Properties: {ScheduleExpression: rate(1 hour), Input: '{"detail":{"id":"scheduled"}}'}
Outputs:
  To: {Value: !Ref To}
  Flow: {Value: !Ref Flow}
`

const flow = `
Comment: in YAML
StartAt: Send
States:
  Send:
    Type: Task
    Resource: arn:aws:states:::sqs:sendMessage
    Parameters: {QueueUrl: "${Queue}", MessageBody.$: $.detail.id}
    End: true
`

func TestServerlessStateMachineIsStartedByItsEvents(t *testing.T) {
	t.Parallel()
	env := newEventEnv(t)
	if _, err := env.S3().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: new("code")}); err != nil {
		t.Fatal(err)
	}
	if _, err := env.S3().PutObject(t.Context(), &s3.PutObjectInput{Bucket: new("code"), Key: new("flow.asl.yaml"), Body: strings.NewReader(flow)}); err != nil {
		t.Fatal(err)
	}
	st := create(t, env, &cfn.CreateStackInput{StackName: new("s"), TemplateBody: new(machineStack)})
	want(t, env, st, types.StackStatusCreateComplete)
	to := outputs(st)["To"]
	if diff := cmp.Diff([]string{"scheduled"}, bodies(t, env, to, 1)); diff != "" { // a rate begins at once
		t.Error(diff)
	}
	rules, err := eventbridge.NewFromConfig(env.Config()).ListRules(t.Context(), nil)
	if err != nil || len(rules.Rules) != 1 {
		t.Fatalf("%+v %v", rules, err)
	}
	if _, err := env.Caller().CallJSON(env.Context(), "events", "PutEvents", []byte(`{"Entries":[{"Source":"shop","DetailType":"d","Detail":"{\"id\":\"placed\"}"}]}`)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"placed"}, bodies(t, env, to, 1)); diff != "" {
		t.Error(diff)
	}
	schedules, err := env.Scheduler().ListSchedules(t.Context(), &scheduler.ListSchedulesInput{})
	if err != nil || len(schedules.Schedules) != 1 || *schedules.Schedules[0].Name != "FlowLater" {
		t.Errorf("%+v %v", schedules, err)
	}
}
