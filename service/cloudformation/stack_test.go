package cloudformation_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	dynamodbapi "maru.dev/maru/api/dynamodb"
	iamapi "maru.dev/maru/api/iam"
	logsapi "maru.dev/maru/api/logs"
	sqsapi "maru.dev/maru/api/sqs"
	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/cloudformation"
	"maru.dev/maru/service/dynamodb"
	"maru.dev/maru/service/iam"
	"maru.dev/maru/service/logs"
	sqssvc "maru.dev/maru/service/sqs"
	"maru.dev/maru/wire"
)

// of registers a service.
func of[S any](model *wire.Service, make func(service.Deps) *S) service.Registration {
	return service.Registration{Model: model, New: func(d service.Deps) any { return make(d) }}
}

// registrations are the services that the stacks of these tests need.
func registrations() []service.Registration {
	return []service.Registration{
		cloudformation.Registration(), of(sqsapi.Model, sqssvc.New), of(dynamodbapi.Model, dynamodb.New),
		of(iamapi.Model, iam.New), of(logsapi.Model, logs.New),
	}
}

// newEnv starts a server whose time is the machine's: stacks wait for tables.
func newEnv(t *testing.T) *testenv.Env {
	t.Helper()
	return testenv.NewWith(t, testenv.Options{Clock: clock.System{}}, registrations()...)
}

// create makes a stack and waits for its end.
func create(t *testing.T, env *testenv.Env, in *cfn.CreateStackInput) types.Stack {
	t.Helper()
	if in.Capabilities == nil {
		in.Capabilities = []types.Capability{"CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"}
	}
	out, err := env.CloudFormation().CreateStack(t.Context(), in)
	if err != nil {
		t.Fatalf("create stack: %v", err)
	}
	return settle(t, env, *out.StackId)
}

// settle waits until a stack does nothing any more.
func settle(t *testing.T, env *testenv.Env, name string) types.Stack {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for {
		out, err := env.CloudFormation().DescribeStacks(ctx, &cfn.DescribeStacksInput{StackName: &name})
		if err != nil {
			t.Fatalf("describe stack: %v", err)
		}
		if !strings.HasSuffix(string(out.Stacks[0].StackStatus), "_IN_PROGRESS") {
			return out.Stacks[0]
		}
		select {
		case <-ctx.Done():
			t.Fatalf("stack is still %s\n%s", out.Stacks[0].StackStatus, strings.Join(history(t, env, name), "\n"))
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// history is what happened to a stack, first event first: "logical status reason".
func history(t *testing.T, env *testenv.Env, name string) []string {
	t.Helper()
	var lines []string
	pages := cfn.NewDescribeStackEventsPaginator(env.CloudFormation(), &cfn.DescribeStackEventsInput{StackName: &name})
	for pages.HasMorePages() {
		out, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatalf("describe events: %v", err)
		}
		for _, e := range out.StackEvents {
			line := *e.LogicalResourceId + " " + string(e.ResourceStatus)
			if r := aws.ToString(e.ResourceStatusReason); r != "" {
				line += " " + r
			}
			lines = append([]string{line}, lines...)
		}
	}
	return lines
}

// want compares a stack's status.
func want(t *testing.T, env *testenv.Env, st types.Stack, status types.StackStatus) {
	t.Helper()
	if st.StackStatus != status {
		t.Fatalf("stack is %s (%s), want %s\n%s", st.StackStatus, aws.ToString(st.StackStatusReason), status,
			strings.Join(history(t, env, *st.StackId), "\n"))
	}
}

// outputs are a stack's outputs by key.
func outputs(st types.Stack) map[string]string {
	m := map[string]string{}
	for _, o := range st.Outputs {
		m[*o.OutputKey] = *o.OutputValue
	}
	return m
}

const shop = `
Parameters:
  Delay: {Type: Number, Default: 5}
Conditions:
  Never: !Equals [a, b]
Resources:
  Dead: {Type: AWS::SQS::Queue}
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: orders
      DelaySeconds: !Ref Delay
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
      Tags: [{Key: own, Value: x}]
  Policy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Queue]
      PolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Allow, Principal: "*", Action: "sqs:*", Resource: !GetAtt Queue.Arn}]}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      TimeToLiveSpecification: {AttributeName: ttl, Enabled: true}
      StreamSpecification: {StreamViewType: NEW_IMAGE}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]
      Policies:
        - PolicyName: read
          PolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Allow, Action: "dynamodb:GetItem", Resource: !GetAtt Table.Arn}]}
  Logs: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: 7}}
  Absent: {Type: AWS::SQS::Queue, Condition: Never}
Outputs:
  Url: {Value: !Ref Queue, Export: {Name: !Sub "${AWS::StackName}-url"}}
  Stream: {Value: !GetAtt Table.StreamArn}
  RoleArn: {Value: !GetAtt Role.Arn}
  Missing: {Condition: Never, Value: x}
`

func TestCreateStackMakesEverything(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := create(t, env, &cfn.CreateStackInput{
		StackName: aws.String("shop"), TemplateBody: aws.String(shop), Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("a")}},
		Parameters: []types.Parameter{{ParameterKey: aws.String("Delay"), ParameterValue: aws.String("7")}},
	})
	want(t, env, st, types.StackStatusCreateComplete)
	out := outputs(st)
	if len(out) != 3 || !strings.HasSuffix(out["Url"], "/orders") || !strings.Contains(out["Stream"], ":table/shop-Table-") {
		t.Errorf("outputs %v", out)
	}
	attrs, err := env.SQS().GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: aws.String(out["Url"]), AttributeNames: []sqstypes.QueueAttributeName{"All"}})
	if err != nil {
		t.Fatal(err)
	}
	if attrs.Attributes["DelaySeconds"] != "7" || !strings.Contains(attrs.Attributes["RedrivePolicy"], "shop-Dead-") || attrs.Attributes["Policy"] == "" {
		t.Errorf("queue attributes %v", attrs.Attributes)
	}
	tags, err := env.SQS().ListQueueTags(t.Context(), &sqs.ListQueueTagsInput{QueueUrl: aws.String(out["Url"])})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"own": "x", "team": "a"}, tags.Tags); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	log := history(t, env, "shop")
	if log[0] != "shop CREATE_IN_PROGRESS User Initiated" || log[len(log)-1] != "shop CREATE_COMPLETE" {
		t.Errorf("history:\n%s", strings.Join(log, "\n"))
	}
	var queue []string
	for _, l := range log {
		if strings.HasPrefix(l, "Queue ") {
			queue = append(queue, l)
		}
	}
	wantLines := []string{"Queue CREATE_IN_PROGRESS", "Queue CREATE_IN_PROGRESS Resource creation Initiated", "Queue CREATE_COMPLETE"}
	if diff := cmp.Diff(wantLines, queue); diff != "" {
		t.Errorf("events of the queue (-want +got):\n%s", diff)
	}

	if _, err := env.CloudFormation().DeleteStack(t.Context(), &cfn.DeleteStackInput{StackName: aws.String("shop")}); err != nil {
		t.Fatal(err)
	}
	want(t, env, settle(t, env, *st.StackId), types.StackStatusDeleteComplete)
	queues, err := env.SQS().ListQueues(t.Context(), &sqs.ListQueuesInput{})
	if err != nil || len(queues.QueueUrls) != 0 {
		t.Errorf("queues left: %v, %v", queues.QueueUrls, err)
	}
	if _, err := env.CloudFormation().DescribeStacks(t.Context(), &cfn.DescribeStacksInput{StackName: aws.String("shop")}); testenv.ErrorCode(err) != "ValidationError" {
		t.Errorf("describe after deletion: %v", err)
	}
}
