package golden_test

import (
	"archive/zip"
	"bytes"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eb "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	fn "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	plans "github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"maru.dev/maru/internal/testenv"
)

// role is the role of everything here.
const role = "arn:aws:iam::000000000000:role/golden"

// greeter is the function's code.
const greeter = `
import os
def handler(event, context):
    return {"hello": event.get("name"), "word": os.environ["WORD"], "version": context.function_version}
`

// writeFunctions makes a function with a version, an alias and a mapping that
// has not begun, and a stack that a template made.
func writeFunctions(t *testing.T, p *testenv.Proc) {
	t.Helper()
	var code bytes.Buffer
	files := zip.NewWriter(&code)
	file, err := files.Create("app.py")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write([]byte(greeter)); err != nil {
		t.Fatal(err)
	}
	if err := files.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Lambda().CreateFunction(t.Context(), &lambda.CreateFunctionInput{
		FunctionName: new("greeter"), Runtime: fn.RuntimePython311, Handler: new("app.handler"), Role: new(role), Publish: true,
		Code: &fn.FunctionCode{ZipFile: code.Bytes()}, Environment: &fn.Environment{Variables: map[string]string{"WORD": "then"}},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Lambda().CreateAlias(t.Context(), &lambda.CreateAliasInput{FunctionName: new("greeter"), Name: new("live"), FunctionVersion: new("1")}); err != nil {
		t.Fatal(err)
	}
	createQueue(t, p, "mapped")
	if _, err := p.Lambda().CreateEventSourceMapping(t.Context(), &lambda.CreateEventSourceMappingInput{
		FunctionName: new("greeter"), EventSourceArn: new(resource("sqs", "mapped")), Enabled: new(false),
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.CloudFormation().CreateStack(t.Context(), &cloudformation.CreateStackInput{
		StackName:    new("old"),
		TemplateBody: new(`{"Resources":{"Q":{"Type":"AWS::SQS::Queue","Properties":{"QueueName":"stacked"}}},"Outputs":{"Name":{"Value":{"Fn::GetAtt":["Q","QueueName"]}}}}`),
	}); err != nil {
		t.Fatal(err)
	}
	waiter := cloudformation.NewStackCreateCompleteWaiter(p.CloudFormation(), func(o *cloudformation.StackCreateCompleteWaiterOptions) {
		o.MinDelay, o.MaxDelay = 50*time.Millisecond, 200*time.Millisecond
	})
	if err := waiter.Wait(t.Context(), &cloudformation.DescribeStacksInput{StackName: new("old")}, time.Minute); err != nil {
		t.Fatal(err)
	}
}

// checkFunctions invokes the function by its alias, looks at the mapping, and
// updates and deletes the stack.
func checkFunctions(t *testing.T, p *testenv.Proc) {
	if _, err := exec.LookPath("python3"); err == nil {
		out, err := p.Lambda().Invoke(t.Context(), &lambda.InvokeInput{FunctionName: new("greeter:live"), Payload: []byte(`{"name":"you"}`)})
		if err != nil {
			t.Fatal(err)
		}
		if want := `{"hello": "you", "word": "then", "version": "1"}`; string(out.Payload) != want {
			t.Errorf("the function answered %s, want %s", out.Payload, want)
		}
	}
	mappings, err := p.Lambda().ListEventSourceMappings(t.Context(), &lambda.ListEventSourceMappingsInput{FunctionName: new("greeter")})
	if err != nil || len(mappings.EventSourceMappings) != 1 || *mappings.EventSourceMappings[0].State != "Disabled" {
		t.Errorf("mappings: %v, %v", mappings, err)
	}
	stacks, err := p.CloudFormation().DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: new("old")})
	if err != nil || *stacks.Stacks[0].Outputs[0].OutputValue != "stacked" {
		t.Fatalf("stack: %v, %v", stacks, err)
	}
	if _, err := p.CloudFormation().DeleteStack(t.Context(), &cloudformation.DeleteStackInput{StackName: new("old")}); err != nil {
		t.Fatal(err)
	}
	gone := cloudformation.NewStackDeleteCompleteWaiter(p.CloudFormation(), func(o *cloudformation.StackDeleteCompleteWaiterOptions) {
		o.MinDelay, o.MaxDelay = 50*time.Millisecond, 200*time.Millisecond
	})
	if err := gone.Wait(t.Context(), &cloudformation.DescribeStacksInput{StackName: stacks.Stacks[0].StackId}, time.Minute); err != nil {
		t.Errorf("the old stack cannot be deleted: %v", err)
	}
}

// machines are what the folder has of workflows: one that has ended, and one
// in the middle of a parallel, a map and a wait.
var machines = map[string]string{
	"ended":   `{"StartAt":"P","States":{"P":{"Type":"Pass","Result":{"said":"then"},"End":true}}}`,
	"waiting": `{"StartAt":"Both","States":{"Both":{"Type":"Parallel","Branches":[{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":3,"End":true}}},{"StartAt":"M","States":{"M":{"Type":"Map","ItemsPath":"$.items","MaxConcurrency":1,"ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Wait","Seconds":1,"End":true}}},"End":true}}}],"End":true}}}`,
}

// writeWorkflows starts an execution of each.
func writeWorkflows(t *testing.T, p *testenv.Proc) {
	t.Helper()
	for name, definition := range machines {
		machine, err := p.SFN().CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{Name: &name, Definition: &definition, RoleArn: new(role)})
		if err != nil {
			t.Fatal(err)
		}
		run, err := p.SFN().StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: machine.StateMachineArn, Name: new("run"), Input: new(`{"items":[1,2,3]}`)})
		if err != nil {
			t.Fatal(err)
		}
		if name == "ended" {
			awaitExecution(t, p, *run.ExecutionArn)
		}
	}
}

// awaitExecution waits for an execution's success and returns its output.
func awaitExecution(t *testing.T, p *testenv.Proc, arn string) (output string) {
	t.Helper()
	testenv.Eventually(t, "the execution succeeds", func() bool {
		out, err := p.SFN().DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: &arn})
		if err != nil {
			t.Fatal(err)
		}
		if out.Output != nil {
			output = *out.Output
		}
		return out.Status == types.ExecutionStatusSucceeded
	})
	return output
}

// checkWorkflows waits for their ends.
func checkWorkflows(t *testing.T, p *testenv.Proc) {
	for name, want := range map[string]string{"ended": `{"said":"then"}`, "waiting": `[{"items":[1,2,3]},[1,2,3]]`} {
		arn := resource("states", "execution:"+name+":run")
		if got := awaitExecution(t, p, arn); got != want {
			t.Errorf("%s answered %s, want %s", name, got, want)
		}
		history, err := p.SFN().GetExecutionHistory(t.Context(), &sfn.GetExecutionHistoryInput{ExecutionArn: &arn})
		if err != nil || len(history.Events) < 4 {
			t.Errorf("history of %s: %v, %v", name, history, err)
		}
	}
}

// writeEvents makes a bus with a rule and an archive, puts an event that is
// archived, and plans a message.
func writeEvents(t *testing.T, p *testenv.Proc) {
	t.Helper()
	createQueue(t, p, "ruled")
	createQueue(t, p, "planned")
	bus, err := p.EventBridge().CreateEventBus(t.Context(), &eventbridge.CreateEventBusInput{Name: new("bus")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.EventBridge().CreateArchive(t.Context(), &eventbridge.CreateArchiveInput{ArchiveName: new("all"), EventSourceArn: bus.EventBusArn}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.EventBridge().PutRule(t.Context(), &eventbridge.PutRuleInput{Name: new("rule"), EventBusName: new("bus"), EventPattern: new(`{"source":["shop"]}`)}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.EventBridge().PutTargets(t.Context(), &eventbridge.PutTargetsInput{
		Rule: new("rule"), EventBusName: new("bus"),
		Targets: []eb.Target{{Id: new("q"), Arn: new(resource("sqs", "ruled")), InputPath: new("$.detail")}},
	}); err != nil {
		t.Fatal(err)
	}
	put(t, p, `{"when":"then"}`)
	if _, err := p.Scheduler().CreateSchedule(t.Context(), &scheduler.CreateScheduleInput{
		Name: new("soon"), ScheduleExpression: new("rate(1 minute)"), FlexibleTimeWindow: &plans.FlexibleTimeWindow{Mode: plans.FlexibleTimeWindowModeOff},
		Target: &plans.Target{Arn: new(resource("sqs", "planned")), RoleArn: new(role), Input: new("planned")},
	}); err != nil {
		t.Fatal(err)
	}
}

// put puts an event of the shop.
func put(t *testing.T, p *testenv.Proc, detail string) {
	t.Helper()
	out, err := p.EventBridge().PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []eb.PutEventsRequestEntry{
		{EventBusName: new("bus"), Source: new("shop"), DetailType: new("sold"), Detail: &detail},
	}})
	if err != nil || out.FailedEntryCount != 0 {
		t.Fatalf("put: %v, %v", out, err)
	}
}

// checkEvents has the rule deliver, then and now, and the archive told of.
func checkEvents(t *testing.T, p *testenv.Proc) {
	put(t, p, `{"when":"now"}`)
	got := strings.Join(bodies(take(t, p, "ruled", 2)), " ")
	if !strings.Contains(got, "then") || !strings.Contains(got, "now") {
		t.Errorf("the rule delivered %s", got)
	}
	archive, err := p.EventBridge().DescribeArchive(t.Context(), &eventbridge.DescribeArchiveInput{ArchiveName: new("all")})
	if err != nil || archive.State != eb.ArchiveStateEnabled {
		t.Errorf("archive: %v, %v", archive, err)
	}
	plan, err := p.Scheduler().GetSchedule(t.Context(), &scheduler.GetScheduleInput{Name: new("soon")})
	if err != nil || *plan.Target.Input != "planned" {
		t.Errorf("schedule: %v, %v", plan, err)
	}
}
