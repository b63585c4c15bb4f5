package states

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	dynamodbservice "maru.dev/maru/service/dynamodb"
	logsservice "maru.dev/maru/service/logs"
	snsservice "maru.dev/maru/service/sns"
	sqsservice "maru.dev/maru/service/sqs"

	dynamodbapi "maru.dev/maru/api/dynamodb"
	logsapi "maru.dev/maru/api/logs"
	snsapi "maru.dev/maru/api/sns"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service"
)

const testRole = "arn:aws:iam::000000000000:role/workflow"

// newEnv starts a server with what workflows call.
func newEnv(t *testing.T) *testenv.Env {
	t.Helper()
	return testenv.New(t, Registration(), sqsservice.Registration(),
		service.Registration{Model: snsapi.Model, New: func(d service.Deps) any { return snsservice.New(d) }},
		service.Registration{Model: dynamodbapi.Model, New: func(d service.Deps) any { return dynamodbservice.New(d) }},
		service.Registration{Model: logsapi.Model, New: func(d service.Deps) any { return logsservice.New(d) }},
	)
}

// create makes a state machine.
func create(t *testing.T, env *testenv.Env, name, definition string, kind types.StateMachineType) string {
	t.Helper()
	out, err := env.SFN().CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{Name: &name, Definition: &definition, RoleArn: aws.String(testRole), Type: kind})
	if err != nil {
		t.Fatal(err)
	}
	return *out.StateMachineArn
}

// start starts an execution.
func start(t *testing.T, env *testenv.Env, machine, input string) string {
	t.Helper()
	out, err := env.SFN().StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: &machine, Input: &input})
	if err != nil {
		t.Fatal(err)
	}
	return *out.ExecutionArn
}

// finished waits for an execution's end.
func finished(t *testing.T, env *testenv.Env, arn string) *sfn.DescribeExecutionOutput {
	t.Helper()
	var out *sfn.DescribeExecutionOutput
	testenv.Eventually(t, "the execution ends", func() bool {
		var err error
		out, err = env.SFN().DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: &arn})
		if err != nil {
			t.Fatal(err)
		}
		return out.Status != types.ExecutionStatusRunning
	})
	return out
}

// eventTypes returns the types of an execution's events, with the ids of those before.
func eventTypes(t *testing.T, env *testenv.Env, arn string) (out []string) {
	t.Helper()
	h, err := env.SFN().GetExecutionHistory(t.Context(), &sfn.GetExecutionHistoryInput{ExecutionArn: &arn})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range h.Events {
		out = append(out, string(e.Type)+"<"+string(rune('0'+e.PreviousEventId)))
	}
	return out
}

func TestExecutionPassesDataThroughStates(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	arn := create(t, env, "pass", `{"StartAt":"A","States":{
		"A":{"Type":"Pass","Result":{"x":1},"ResultPath":"$.a","Next":"B"},
		"B":{"Type":"Choice","Choices":[{"Variable":"$.a.x","NumericEquals":1,"Next":"C"}],"Default":"D"},
		"C":{"Type":"Succeed"},"D":{"Type":"Fail"}}}`, "")
	x := start(t, env, arn, `{"in":true}`)
	out := finished(t, env, x)
	if out.Status != types.ExecutionStatusSucceeded || *out.Output != `{"in":true,"a":{"x":1}}` {
		t.Errorf("%s %v", out.Status, aws.ToString(out.Output))
	}
	got := strings.Join(eventTypes(t, env, x), " ")
	want := "ExecutionStarted<0 PassStateEntered<0 PassStateExited<2 ChoiceStateEntered<3 ChoiceStateExited<4 SucceedStateEntered<5 SucceedStateExited<6 ExecutionSucceeded<7"
	if got != want {
		t.Errorf("history\n %s\nwant\n %s", got, want)
	}
}

func TestTasksCallServices(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	ctx := t.Context()
	q, err := env.SQS().CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("q")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = env.DynamoDB().CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName: aws.String("tab"), BillingMode: dynamodbtypes.BillingModePayPerRequest,
		AttributeDefinitions: []dynamodbtypes.AttributeDefinition{{AttributeName: aws.String("k"), AttributeType: "S"}},
		KeySchema:            []dynamodbtypes.KeySchemaElement{{AttributeName: aws.String("k"), KeyType: "HASH"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	arn := create(t, env, "tasks", `{"StartAt":"Send","States":{
		"Send":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","Parameters":{"QueueUrl":"`+*q.QueueUrl+`","MessageBody.$":"$"},"ResultPath":"$.sent","Next":"Put"},
		"Put":{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:dynamodb:putItem","Parameters":{"TableName":"tab","Item":{"k":{"S":"1"},"n":{"Bool":true}}},"ResultPath":null,"Next":"Get"},
		"Get":{"Type":"Task","Resource":"arn:aws:states:::dynamodb:getItem","Parameters":{"TableName":"tab","Key":{"k":{"S":"1"}}},"ResultSelector":{"item.$":"$.Item"},"ResultPath":"$.got","Next":"Bad"},
		"Bad":{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:dynamodb:putItem","Parameters":{"TableName":"tab","Item":{"k":{"S":"1"}},"ConditionExpression":"attribute_not_exists(k)"},
			"Catch":[{"ErrorEquals":["DynamoDb.ConditionalCheckFailedException"],"ResultPath":"$.err","Next":"Done"}],"End":true},
		"Done":{"Type":"Pass","Parameters":{"item.$":"$.got.item","err.$":"$.err.Error"},"End":true}}}`, "")
	x := start(t, env, arn, `{"a":1}`)
	out := finished(t, env, x)
	if out.Status != types.ExecutionStatusSucceeded {
		t.Fatalf("%s %s %s", out.Status, aws.ToString(out.Error), aws.ToString(out.Cause))
	}
	want := `{"item":{"k":{"S":"1"},"n":{"BOOL":true}},"err":"DynamoDb.ConditionalCheckFailedException"}`
	if *out.Output != want {
		t.Errorf("output %s, want %s", *out.Output, want)
	}
	m, err := env.SQS().ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: q.QueueUrl})
	if err != nil || len(m.Messages) != 1 || *m.Messages[0].Body != `{"a":1}` {
		t.Errorf("message %v %v", m, err)
	}
}
