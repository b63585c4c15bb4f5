package states

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"maru.dev/maru/call"
	"maru.dev/maru/internal/testenv"
	logsservice "maru.dev/maru/service/logs"
	sqsservice "maru.dev/maru/service/sqs"

	logsapi "maru.dev/maru/api/logs"
	"maru.dev/maru/service"
)

func logsRegistration() service.Registration {
	return service.Registration{Model: logsapi.Model, New: func(d service.Deps) any { return logsservice.New(d) }}
}

func TestExpressRunsInTheCall(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, Registration(), withFunctions(&functions{}))
	tests := map[string]struct {
		definition, status, output string
	}{
		"tasks":    {chain(5, taskState), "SUCCEEDED", `{"a":1}`},
		"parallel": {`{"StartAt":"A","States":{"A":{"Type":"Parallel","Branches":[` + chain(2, taskState) + `,` + strings.ReplaceAll(chain(1, taskState), "S0", "T0") + `],"End":true}}}`, "SUCCEEDED", `[{"a":1},{"a":1}]`},
		"wait":     {`{"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":1,"End":true}}}`, "SUCCEEDED", `{"a":1}`},
		"fail":     {`{"StartAt":"A","States":{"A":{"Type":"Fail","Error":"E"}}}`, "FAILED", ""},
		"retry":    {`{"StartAt":"A","States":{"A":{` + strings.ReplaceAll(taskState, "echo", "flaky-1-x") + `,"Retry":[{"ErrorEquals":["Flaky"],"IntervalSeconds":1}],"End":true}}}`, "SUCCEEDED", `{"a":1}`},
		"variables": {`{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"x":"{% $states.input.a %}"},"Next":"B"},
			"B":{` + taskState + `,"Output":"{% $x + 1 %}","End":true}}}`, "SUCCEEDED", "2"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			arn := create(t, env, name, tt.definition, types.StateMachineTypeExpress)
			out, err := env.SFN().StartSyncExecution(t.Context(), &sfn.StartSyncExecutionInput{StateMachineArn: &arn, Input: aws.String(`{"a":1}`)})
			if err != nil {
				t.Fatal(err)
			}
			if string(out.Status) != tt.status || aws.ToString(out.Output) != tt.output {
				t.Errorf("%s %s %s %s", out.Status, aws.ToString(out.Output), aws.ToString(out.Error), aws.ToString(out.Cause))
			}
		})
	}
}

// A task calls in the role that its Credentials name, whoever runs it.
func TestCredentialsNameTheRoleOfATask(t *testing.T) {
	t.Parallel()
	const other = "arn:aws:iam::111111111111:role/other"
	f := &functions{hook: func(ctx context.Context, _ string, _ []byte) ([]byte, *string) {
		info := call.From(ctx)
		return fmt.Appendf(nil, "%q", info.Principal.Issuer+" in "+info.Account), nil
	}}
	env := testenv.New(t, Registration(), withFunctions(f))
	task := strings.ReplaceAll(taskState, "echo", "hook-who")
	own := `{"StartAt":"A","States":{"A":{` + task + `,"Credentials":{"RoleArn.$":"$.role"},"ResultPath":"$.a","Next":"B"},"B":{` + task + `,"ResultPath":"$.b","End":true}}}`
	input := `{"role":"` + other + `"}`
	want := `{"role":"` + other + `","a":"` + other + ` in 111111111111","b":"` + testRole + ` in 000000000000"}`

	t.Run("standard", func(t *testing.T) {
		x := start(t, env, create(t, env, "standard", own, types.StateMachineTypeStandard), input)
		if d := finished(t, env, x); aws.ToString(d.Output) != want {
			t.Errorf("%s %s, want %s", d.Status, aws.ToString(d.Output), want)
		}
	})
	t.Run("express", func(t *testing.T) {
		arn := create(t, env, "express", own, types.StateMachineTypeExpress)
		out, err := env.SFN().StartSyncExecution(t.Context(), &sfn.StartSyncExecutionInput{StateMachineArn: &arn, Input: &input})
		if err != nil {
			t.Fatal(err)
		}
		if aws.ToString(out.Output) != want {
			t.Errorf("%s %s %s, want %s", out.Status, aws.ToString(out.Cause), aws.ToString(out.Output), want)
		}
	})
	t.Run("tried", func(t *testing.T) {
		state := `{` + task + `,"Credentials":{"RoleArn":"` + other + `"},"End":true}`
		out, err := env.SFN().TestState(t.Context(), &sfn.TestStateInput{Definition: &state, RoleArn: aws.String(testRole)})
		if err != nil {
			t.Fatal(err)
		}
		if want := `"` + other + ` in 111111111111"`; aws.ToString(out.Output) != want {
			t.Errorf("%s %s %s, want %s", out.Status, aws.ToString(out.Cause), aws.ToString(out.Output), want)
		}
	})
}

// logged makes a state machine that is logged to a group of its own.
func logged(t *testing.T, env *testenv.Env, name, definition string, kind types.StateMachineType, level types.LogLevel) (machine string) {
	t.Helper()
	if _, err := env.Logs().CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &name}); err != nil {
		t.Fatal(err)
	}
	out, err := env.SFN().CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{
		Name: &name, RoleArn: aws.String(testRole), Type: kind, Definition: &definition,
		LoggingConfiguration: &types.LoggingConfiguration{Level: level, IncludeExecutionData: true, Destinations: []types.LogDestination{
			{CloudWatchLogsLogGroup: &types.CloudWatchLogsLogGroup{LogGroupArn: aws.String("arn:aws:logs:us-east-1:000000000000:log-group:" + name + ":*")}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return *out.StateMachineArn
}

// logLine is a line of an execution's log.
type logLine struct {
	ID, Type string
	Details  struct{ Input string }
}

// logLines reads a group until it has n lines.
func logLines(t *testing.T, env *testenv.Env, group string, n int) (lines []logLine) {
	t.Helper()
	testenv.Eventually(t, fmt.Sprint(group, " has ", n, " lines"), func() bool {
		lines = nil
		pages := cloudwatchlogs.NewFilterLogEventsPaginator(env.Logs(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &group})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page.Events {
				var l logLine
				if err := json.Unmarshal([]byte(*e.Message), &l); err != nil {
					t.Fatal(err, *e.Message)
				}
				lines = append(lines, l)
			}
		}
		return len(lines) >= n
	})
	return lines
}

// Each level has its events logged, of both types of state machines.
func TestLogLevels(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, Registration(), logsRegistration(), withFunctions(&functions{}))
	definition := `{"StartAt":"A","States":{"A":{` + strings.ReplaceAll(taskState, "echo", "fail-E") + `,"Catch":[{"ErrorEquals":["E"],"Next":"F"}],"End":true},"F":{"Type":"Fail"}}}`
	tests := map[types.LogLevel]string{
		types.LogLevelAll:   "ExecutionStarted TaskStateEntered LambdaFunctionScheduled LambdaFunctionStarted LambdaFunctionFailed TaskStateExited FailStateEntered ExecutionFailed",
		types.LogLevelError: "LambdaFunctionFailed FailStateEntered ExecutionFailed",
		types.LogLevelFatal: "ExecutionFailed",
	}
	for level, want := range tests {
		for _, kind := range []types.StateMachineType{types.StateMachineTypeExpress, types.StateMachineTypeStandard} {
			t.Run(string(level)+" "+string(kind), func(t *testing.T) {
				t.Parallel()
				group := string(level) + "-" + string(kind)
				start(t, env, logged(t, env, group, definition, kind, level), `{"a":1}`)
				var got []string
				lines := logLines(t, env, group, len(strings.Fields(want)))
				slices.SortFunc(lines, func(a, b logLine) int { return strings.Compare(a.ID, b.ID) })
				for _, l := range lines {
					got = append(got, l.Type)
				}
				if s := strings.Join(got, " "); s != want {
					t.Errorf("%s, want %s", s, want)
				}
				if first := lines[0]; level == types.LogLevelAll && first.Details.Input != `{"a":1}` {
					t.Errorf("first line %+v", first)
				}
			})
		}
	}
}

// What an express execution has told by its end may be more than one request to
// the log takes, and so may be one turn of a standard one.
func TestLongLogsAreWholeInTheEnd(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, Registration(), logsRegistration())
	express := `{"StartAt":"M","States":{"M":{"Type":"Map","ItemsPath":"$","ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}},"ResultPath":null,"End":true}}}`
	start(t, env, logged(t, env, "express", express, types.StateMachineTypeExpress, types.LogLevelAll), "["+strings.Repeat("0,", 2_600)+"0]")
	large := `"` + strings.Repeat("x", 200<<10) + `"`
	start(t, env, logged(t, env, "standard", chain(4, `"Type":"Pass"`), types.StateMachineTypeStandard, types.LogLevelAll), large)
	const iterations, around = 2_601, 6 // started, entered, map started, map succeeded, exited, succeeded
	if n := len(logLines(t, env, "express", 4*iterations+around)); n != 4*iterations+around {
		t.Errorf("%d lines of the express execution", n)
	}
	if n := len(logLines(t, env, "standard", 10)); n != 10 {
		t.Errorf("%d lines of the standard execution", n)
	}
}

func TestTokensEndTasks(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, Registration(), sqsservice.Registration())
	ctx := t.Context()
	q, err := env.SQS().CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("q")})
	if err != nil {
		t.Fatal(err)
	}
	arn := create(t, env, "m", `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","HeartbeatSeconds":600,"TimeoutSeconds":6000,
		"Parameters":{"QueueUrl":"`+*q.QueueUrl+`","MessageBody":{"token.$":"$$.Task.Token"}},"Catch":[{"ErrorEquals":["Bad"],"Next":"C"},{"ErrorEquals":["States.Timeout"],"ResultPath":"$.t","Next":"C"}],"End":true},
		"C":{"Type":"Pass","End":true}}}`, "")
	token := func(x string) string {
		t.Helper()
		var body struct{ Token string }
		testenv.Eventually(t, "the token arrives", func() bool {
			m, err := env.SQS().ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: q.QueueUrl, WaitTimeSeconds: 1})
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range m.Messages {
				if err := json.Unmarshal([]byte(*m.Body), &body); err != nil {
					t.Fatal(err)
				}
				_, _ = env.SQS().DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: q.QueueUrl, ReceiptHandle: m.ReceiptHandle})
			}
			return body.Token != ""
		})
		testenv.Eventually(t, "the task is submitted", func() bool {
			return strings.Contains(strings.Join(eventTypes(t, env, x), " "), "TaskSubmitted")
		})
		return body.Token
	}

	x := start(t, env, arn, "{}")
	tok := token(x)
	env.Advance(400 * time.Second)
	if _, err := env.SFN().SendTaskHeartbeat(ctx, &sfn.SendTaskHeartbeatInput{TaskToken: &tok}); err != nil {
		t.Fatal(err)
	}
	env.Advance(400 * time.Second)
	if _, err := env.SFN().SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{TaskToken: &tok, Output: aws.String(`{"ok":1}`)}); err != nil {
		t.Fatal(err)
	}
	if out := finished(t, env, x); out.Status != "SUCCEEDED" || *out.Output != `{"ok":1}` {
		t.Errorf("%s %v %v", out.Status, aws.ToString(out.Output), aws.ToString(out.Error))
	}
	want := "ExecutionStarted<0 TaskStateEntered<0 TaskScheduled<2 TaskStarted<3 TaskSubmitted<4 TaskSucceeded<5 TaskStateExited<6 ExecutionSucceeded<7"
	if got := strings.Join(eventTypes(t, env, x), " "); got != want {
		t.Errorf("history %s", got)
	}
	_, err = env.SFN().SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{TaskToken: &tok, Output: aws.String(`{}`)})
	if got := testenv.ErrorCode(err); got != "TaskTimedOut" {
		t.Errorf("second answer: %s", got)
	}
	for text, want := range map[string]string{"nonsense": "InvalidToken"} {
		_, err = env.SFN().SendTaskHeartbeat(ctx, &sfn.SendTaskHeartbeatInput{TaskToken: &text})
		if got := testenv.ErrorCode(err); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}

	x = start(t, env, arn, "{}")
	tok = token(x)
	if _, err := env.SFN().SendTaskFailure(ctx, &sfn.SendTaskFailureInput{TaskToken: &tok, Error: aws.String("Bad"), Cause: aws.String("c")}); err != nil {
		t.Fatal(err)
	}
	if out := finished(t, env, x); aws.ToString(out.Output) != `{"Error":"Bad","Cause":"c"}` {
		t.Errorf("%s %v %v", out.Status, aws.ToString(out.Output), aws.ToString(out.Error))
	}

	x = start(t, env, arn, "{}")
	token(x)
	env.Advance(601 * time.Second)
	if out := finished(t, env, x); out.Status != "SUCCEEDED" || !strings.Contains(aws.ToString(out.Output), "States.HeartbeatTimeout") {
		t.Errorf("%s %v %v", out.Status, aws.ToString(out.Output), aws.ToString(out.Error))
	}
}

func TestActivitiesAreWorkedOff(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, Registration())
	ctx := t.Context()
	a, err := env.SFN().CreateActivity(ctx, &sfn.CreateActivityInput{Name: aws.String("act")})
	if err != nil {
		t.Fatal(err)
	}
	arn := create(t, env, "m", `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"`+*a.ActivityArn+`","TimeoutSeconds":300,"End":true}}}`, "")
	type taken struct {
		out *sfn.GetActivityTaskOutput
		err error
	}
	got := make(chan taken)
	go func() {
		out, err := env.SFN().GetActivityTask(ctx, &sfn.GetActivityTaskInput{ActivityArn: a.ActivityArn, WorkerName: aws.String("w")})
		got <- taken{out, err}
	}()
	x := start(t, env, arn, `{"n":1}`)
	task := <-got
	if task.err != nil || aws.ToString(task.out.Input) != `{"n":1}` {
		t.Fatal(task.err, task.out)
	}
	if _, err := env.SFN().SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{TaskToken: task.out.TaskToken, Output: aws.String("5")}); err != nil {
		t.Fatal(err)
	}
	if out := finished(t, env, x); aws.ToString(out.Output) != "5" {
		t.Errorf("%s %v", out.Status, aws.ToString(out.Output))
	}
	want := "ExecutionStarted<0 TaskStateEntered<0 ActivityScheduled<2 ActivityStarted<3 ActivitySucceeded<4 TaskStateExited<5 ExecutionSucceeded<6"
	if got := strings.Join(eventTypes(t, env, x), " "); got != want {
		t.Errorf("history %s", got)
	}

	x = start(t, env, arn, `{"n":2}`)
	testenv.Eventually(t, "the task is there", func() bool {
		return strings.Contains(strings.Join(eventTypes(t, env, x), " "), "ActivityScheduled")
	})
	env.Advance(301 * time.Second)
	if out := finished(t, env, x); out.Status != "FAILED" || aws.ToString(out.Error) != "States.Timeout" {
		t.Errorf("%s %v", out.Status, aws.ToString(out.Error))
	}
	// The task that is over is no task any more.
	over := make(chan struct{})
	go func() {
		for {
			select {
			case <-over:
				return
			case <-time.After(time.Millisecond):
				env.Advance(time.Second)
			}
		}
	}()
	out, err := env.SFN().GetActivityTask(ctx, &sfn.GetActivityTaskInput{ActivityArn: a.ActivityArn})
	close(over)
	if err != nil || out.TaskToken != nil {
		t.Errorf("a stale task was given: %v %v", out, err)
	}
}

func TestNestedExecutionsAreAwaited(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, Registration())
	child := create(t, env, "child", `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":5,"Next":"C"},"C":{"Type":"Choice","Choices":[{"Variable":"$.fail","IsPresent":true,"Next":"F"}],"Default":"S"},"S":{"Type":"Pass","Result":{"r":1},"End":true},"F":{"Type":"Fail","Error":"E"}}}`, "")
	parent := func(pattern string) string {
		return `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution` + pattern + `","Parameters":{"StateMachineArn":"` + child + `","Input.$":"$"},"OutputPath":"$.Output","End":true}}}`
	}
	for name, tt := range map[string]struct{ pattern, input, status, output string }{
		"sync":   {".sync", "{}", "SUCCEEDED", `"{\"r\":1}"`},
		"sync:2": {".sync:2", "{}", "SUCCEEDED", `{"r":1}`},
		"fails":  {".sync:2", `{"fail":1}`, "FAILED", ""},
	} {
		t.Run(name, func(t *testing.T) {
			arn := create(t, env, "p"+strings.ReplaceAll(name, ":", ""), parent(tt.pattern), "")
			x := start(t, env, arn, tt.input)
			testenv.Eventually(t, "the child waits", func() bool {
				return strings.Contains(strings.Join(eventTypes(t, env, x), " "), "TaskSubmitted")
			})
			env.Advance(6 * time.Second)
			out := finished(t, env, x)
			if string(out.Status) != tt.status || aws.ToString(out.Output) != tt.output {
				t.Errorf("%s %s %s %s", out.Status, aws.ToString(out.Output), aws.ToString(out.Error), aws.ToString(out.Cause))
			}
			if tt.status == "FAILED" && (aws.ToString(out.Error) != "States.TaskFailed" || !strings.Contains(*out.Cause, `"Error":"E"`)) {
				t.Errorf("%s %s", *out.Error, *out.Cause)
			}
		})
	}
}

func TestHistoriesEndAtTheirLimit(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("long")
	}
	env := testenv.New(t, Registration(), withFunctions(&functions{}))
	for name, definition := range map[string]string{
		"loop": `{"StartAt":"A","States":{"A":{"Type":"Choice","Choices":[{"Variable":"$.l","IsPresent":true,"Next":"B"}],"Default":"C"},"B":{"Type":"Pass","Next":"A"},"C":{"Type":"Succeed"}}}`,
		"fan":  `{"StartAt":"M","States":{"M":{"Type":"Map","ItemsPath":"$.l","ItemProcessor":{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"A"}}},"End":true}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := start(t, env, create(t, env, name, definition, ""), `{"l":[1,2,3,4,5,6,7]}`)
			out := finished(t, env, x)
			if out.Status != types.ExecutionStatusFailed || aws.ToString(out.Error) != "States.Runtime" || aws.ToString(out.Cause) != "The execution reached the maximum number of history events (25000)." {
				t.Errorf("%s %s %s", out.Status, aws.ToString(out.Error), aws.ToString(out.Cause))
			}
			if out.RedriveStatus != types.ExecutionRedriveStatusNotRedrivable {
				t.Error(out.RedriveStatus)
			}
			events := allEvents(t, env, x)
			if n := len(events); n != 25_000 || events[n-1].Type != "ExecutionFailed" {
				t.Errorf("%d events, the last %s", n, events[n-1].Type)
			}
		})
	}
}
