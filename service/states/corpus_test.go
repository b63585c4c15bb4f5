package states

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	dynamodbapi "maru.dev/maru/api/dynamodb"
	lambdaapi "maru.dev/maru/api/lambda"
	snsapi "maru.dev/maru/api/sns"
	api "maru.dev/maru/api/states"
	"maru.dev/maru/call"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service"
	dynamodbservice "maru.dev/maru/service/dynamodb"
	snsservice "maru.dev/maru/service/sns"
	sqsservice "maru.dev/maru/service/sqs"
	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/history/credible"
)

var update = flag.Bool("update", false, "write what executions did as what they should")

// What differs from run to run, beside the words that stand for it.
var (
	anyToken = regexp.MustCompile(`AKc[A-Za-z0-9+/]{40,}=*`)
	unsteady = []struct {
		is *regexp.Regexp
		as string
	}{
		{regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`), "UUID"},
		{anyToken, "TOKEN"},
		{regexp.MustCompile(`(ReceiptHandle\\*":\\*")[A-Za-z0-9+/=]+`), "${1}HANDLE"},
		{regexp.MustCompile(`\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT`), "DATE"},
		{regexp.MustCompile(`(St(?:art|op)Date\\*":)\d+`), "${1}0"},
		{regexp.MustCompile(`((?:Start|Entered)Time\\*":\\*"|St(?:art|op)Date\\*":\\*")[^"\\]+`), "${1}TIME"},
		{regexp.MustCompile(`127\.0\.0\.1:\d+`), "HOST"},
	}
)

// steady replaces what differs from run to run, and cuts what is too long to read.
func steady(text string) string {
	for _, u := range unsteady {
		text = u.is.ReplaceAllString(text, u.as)
	}
	if len(text) > 2000 {
		return fmt.Sprintf("%s… (%d bytes)", text[:100], len(text))
	}
	return text
}

// functions stands in for Lambda: what a function does is in its name.
type functions struct {
	lambdaapi.Unimplemented
	mu    sync.Mutex
	calls map[string]int
	hook  func(ctx context.Context, name string, payload []byte) ([]byte, *string)
}

// Invoke runs a function: echo gives its event back, fail-X fails with X, flaky-N
// fails N times first, much returns too much, text returns no JSON, hang returns
// nothing, gone is not there.
func (f *functions) Invoke(ctx context.Context, in *lambdaapi.InvokeInput) (*lambdaapi.InvokeOutput, error) {
	name := in.FunctionName[strings.LastIndexByte(in.FunctionName, ':')+1:]
	out := &lambdaapi.InvokeOutput{StatusCode: new(int32(200)), ExecutedVersion: new("$LATEST"), Payload: in.Payload}
	fail := func(kind string) {
		out.FunctionError, out.Payload = new("Unhandled"), fmt.Appendf(nil, `{"errorType":%q,"errorMessage":"as asked"}`, kind)
	}
	f.mu.Lock()
	f.calls[name]++
	n := f.calls[name]
	f.mu.Unlock()
	kind, rest, _ := strings.Cut(name, "-")
	switch kind {
	case "fail":
		fail(rest)
	case "flaky":
		var times int
		fmt.Sscanf(rest, "%d", &times)
		if n <= times {
			fail("Flaky")
		}
	case "hang":
		<-ctx.Done()
		return nil, ctx.Err()
	case "much":
		out.Payload = fmt.Appendf(nil, "%q", strings.Repeat("x", engine.MaxData))
	case "text":
		out.Payload = []byte("not JSON")
	case "gone":
		return nil, &lambdaapi.ResourceNotFoundException{Message: "Function not found: " + in.FunctionName}
	case "hook":
		out.Payload, out.FunctionError = f.hook(ctx, rest, in.Payload)
	}
	return out, nil
}

// withFunctions is the registration of a stand-in.
func withFunctions(f *functions) service.Registration {
	f.calls = make(map[string]int)
	return service.Registration{Model: lambdaapi.Model, New: func(service.Deps) any { return f }}
}

// example is an execution of the corpus with what is expected of it.
type example struct {
	Definition json.RawMessage `json:"definition"`
	Input      json.RawMessage `json:"input,omitempty"`
	// Machines are the definitions of other state machines that it starts, by name.
	Machines map[string]json.RawMessage `json:"machines,omitempty"`
	// Type is STANDARD if absent. EXPRESS executions have no history to compare.
	Type string `json:"type,omitempty"`
	// Advance are seconds by which the clock is moved once nothing moves.
	Advance int `json:"advance,omitempty"`
	// Answers are given to the tasks that await their token, one after another.
	Answers []answer `json:"answers,omitempty"`
	// Gap tells how this differs from what AWS does, which is what is expected
	// below. The example fails when the difference is gone.
	Gap    string          `json:"gap,omitempty"`
	Status string          `json:"status,omitempty"`
	Output json.RawMessage `json:"output,omitempty"`
	Error  *string         `json:"error,omitempty"`
	Cause  *string         `json:"cause,omitempty"`
	Events []string        `json:"events,omitempty"`
	// Or are the events in another order, where AWS promises none.
	Or []string `json:"or,omitempty"`
}

// answer is how the holder of a task's token answers: with an output, an error,
// or a heartbeat if neither is given.
type answer struct {
	Output json.RawMessage `json:"output,omitempty"`
	Error  *string         `json:"error,omitempty"`
	Cause  *string         `json:"cause,omitempty"`
}

// Each execution of the corpus ends as it should, and by the events that AWS
// writes for it.
func TestCorpus(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/corpus/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no corpus", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			t.Parallel()
			testExamples(t, file)
		})
	}
}

func testExamples(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	examples := make(map[string]*example)
	if err := json.Unmarshal(text, &examples); err != nil {
		t.Fatal(err)
	}
	env := corpusEnv(t)
	for name, e := range examples {
		t.Run(name, func(t *testing.T) {
			got := runExample(t, env, name, e)
			if got.Or = e.Or; slices.Equal(got.Events, e.Or) {
				got.Events = e.Events
			}
			diff := cmp.Diff(pretty(t, e), pretty(t, got))
			switch {
			case e.Gap != "" && diff == "":
				t.Error("the gap is closed:", e.Gap)
			case e.Gap != "":
			case *update:
				*e = *got
			case diff != "":
				t.Errorf("want - got +\n%s", diff)
			}
		})
	}
	if !*update || t.Failed() {
		return
	}
	var out bytes.Buffer
	w := json.NewEncoder(&out)
	w.SetEscapeHTML(false)
	w.SetIndent("", "  ")
	if err := w.Encode(examples); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// corpusEnv starts what the examples of a file share: functions, the queue "q",
// the topic "t" and the table "tab" with the key "k".
func corpusEnv(t *testing.T) *testenv.Env {
	t.Helper()
	env := testenv.New(t, Registration(), withFunctions(&functions{}), sqsservice.Registration(),
		service.Registration{Model: snsapi.Model, New: func(d service.Deps) any { return snsservice.New(d) }},
		service.Registration{Model: dynamodbapi.Model, New: func(d service.Deps) any { return dynamodbservice.New(d) }})
	for _, made := range [][3]string{
		{"sqs", "CreateQueue", `{"QueueName":"q"}`},
		{"sns", "CreateTopic", `{"Name":"t"}`},
		{"dynamodb", "CreateTable", `{"TableName":"tab","BillingMode":"PAY_PER_REQUEST",
			"AttributeDefinitions":[{"AttributeName":"k","AttributeType":"S"}],"KeySchema":[{"AttributeName":"k","KeyType":"HASH"}]}`},
	} {
		if _, err := env.Caller().CallJSON(env.Context(), made[0], made[1], json.RawMessage(made[2])); err != nil {
			t.Fatal(made[1], err)
		}
	}
	return env
}

func pretty(t *testing.T, e *example) string {
	t.Helper()
	out, err := json.MarshalIndent(e, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// runExample runs an example and returns it with what came of it.
func runExample(t *testing.T, env *testenv.Env, name string, e *example) *example {
	t.Helper()
	for other, definition := range e.Machines {
		createMachine(t, env, other, "", definition)
	}
	if bytes.Contains(e.Definition, []byte(":activity:work")) {
		if _, err := env.Caller().CallJSON(env.Context(), "states", "CreateActivity", json.RawMessage(`{"name":"work"}`)); err != nil {
			t.Fatal(err)
		}
	}
	machine := createMachine(t, env, name, e.Type, e.Definition)
	input := "{}"
	if e.Input != nil {
		var b bytes.Buffer
		if err := json.Compact(&b, e.Input); err != nil {
			t.Fatal(err)
		}
		input = b.String()
	}
	got := &example{Definition: e.Definition, Input: e.Input, Machines: e.Machines, Type: e.Type, Advance: e.Advance, Answers: e.Answers, Gap: e.Gap}
	if e.Type == "EXPRESS" {
		d, err := call.Do[*api.StartSyncExecutionOutput](env.Context(), env.Caller(), "states", "StartSyncExecution", &api.StartSyncExecutionInput{StateMachineArn: machine, Input: &input})
		if err != nil {
			t.Fatal(err)
		}
		got.ended(d.Status, d.Output, d.Error, d.Cause)
		return got
	}
	x, err := call.Do[*api.StartExecutionOutput](env.Context(), env.Caller(), "states", "StartExecution", &api.StartExecutionInput{StateMachineArn: machine, Input: &input, Name: new("x")})
	if err != nil {
		t.Fatal(err)
	}
	d := follow(t, env, x.ExecutionArn, e)
	got.ended(d.Status, d.Output, d.Error, d.Cause)
	events := checkHistory(t, env, x.ExecutionArn)
	for i := range events {
		got.Events = append(got.Events, steady(brief(&events[i])))
	}
	return got
}

// createMachine makes a state machine for an example and returns its ARN.
func createMachine(t *testing.T, env *testenv.Env, name, kind string, definition json.RawMessage) string {
	t.Helper()
	in := &api.CreateStateMachineInput{
		Name: strings.Map(func(r rune) rune {
			if r == ' ' || r == ',' || r == ':' || r == '\'' {
				return '-'
			}
			return r
		}, name), Definition: string(definition), RoleArn: testRole,
	}
	if kind != "" {
		in.Type = &kind
	}
	machine, err := call.Do[*api.CreateStateMachineOutput](env.Context(), env.Caller(), "states", "CreateStateMachine", in)
	if err != nil {
		t.Fatal(err)
	}
	return machine.StateMachineArn
}

// ended notes how an execution ended.
func (e *example) ended(status string, output, name, cause *string) {
	e.Status, e.Error = status, name
	if cause != nil {
		e.Cause = new(steady(*cause))
	}
	if output != nil {
		if e.Output = json.RawMessage(steady(*output)); !json.Valid(e.Output) {
			e.Output, _ = json.Marshal(string(e.Output))
		}
	}
}

// follow waits for an execution's end, answers its tasks and moves the clock.
func follow(t *testing.T, env *testenv.Env, arn string, e *example) (d *api.DescribeExecutionOutput) {
	t.Helper()
	answers, held, given, looks := e.Answers, "", "", 0
	testenv.Eventually(t, "the execution ends", func() bool {
		var err error
		d, err = call.Do[*api.DescribeExecutionOutput](env.Context(), env.Caller(), "states", "DescribeExecution", &api.DescribeExecutionInput{ExecutionArn: arn})
		if err != nil {
			t.Fatal(err)
		}
		if d.Status == "RUNNING" && len(answers) > 0 {
			if held = lastToken(t, env, arn, held); held == "" || held == given {
				return false
			}
			if answerTask(t, env, held, answers[0]) {
				given = held
			}
			answers = answers[1:]
		}
		// What has ended is kept for 90 days: great leaps leave it time to end.
		great := e.Advance > 86400
		if d.Status == "RUNNING" && e.Advance > 0 && (!great || looks%40 == 0) {
			env.Advance(time.Duration(e.Advance) * time.Second)
		}
		looks++
		return d.Status != "RUNNING"
	})
	return d
}

// lastToken returns the token of the task that last began to wait for an answer:
// it takes an activity's task, or keeps the one that is held already.
func lastToken(t *testing.T, env *testenv.Env, arn, held string) string {
	t.Helper()
	token, activity := "", ""
	for _, ev := range allEvents(t, env, arn) {
		switch {
		case ev.TaskScheduledEventDetails != nil:
			token = ""
			if d := ev.TaskScheduledEventDetails; strings.HasSuffix(d.Resource, ".waitForTaskToken") {
				held = anyToken.FindString(d.Parameters)
			}
		case ev.TaskSubmittedEventDetails != nil:
			token = held
		case ev.ActivityScheduledEventDetails != nil:
			token, activity = "", ev.ActivityScheduledEventDetails.Resource
		case ev.ActivityStartedEventDetails != nil:
			token, activity = held, ""
		}
	}
	if activity == "" {
		return token
	}
	out, err := call.Do[*api.GetActivityTaskOutput](env.Context(), env.Caller(), "states", "GetActivityTask", &api.GetActivityTaskInput{ActivityArn: activity, WorkerName: new("worker")})
	if err != nil {
		t.Fatal(err)
	}
	if out.TaskToken == nil {
		return ""
	}
	return *out.TaskToken
}

// answerTask gives a task an answer, and tells whether it was the last one.
func answerTask(t *testing.T, env *testenv.Env, token string, a answer) bool {
	t.Helper()
	operation, in := "SendTaskHeartbeat", map[string]any{"taskToken": token}
	switch {
	case a.Output != nil:
		operation, in["output"] = "SendTaskSuccess", string(a.Output)
	case a.Error != nil:
		operation, in["error"] = "SendTaskFailure", *a.Error
		if a.Cause != nil {
			in["cause"] = *a.Cause
		}
	}
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := env.Caller().CallJSON(env.Context(), "states", operation, text); err != nil {
		t.Fatal(err)
	}
	return operation != "SendTaskHeartbeat"
}

// allEvents reads a whole history, page by page.
func allEvents(t *testing.T, env *testenv.Env, arn string) (events []api.HistoryEvent) {
	t.Helper()
	for in := (&api.GetExecutionHistoryInput{ExecutionArn: arn, MaxResults: new(int32(7))}); ; {
		out, err := call.Do[*api.GetExecutionHistoryOutput](env.Context(), env.Caller(), "states", "GetExecutionHistory", in)
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, out.Events...)
		if in.NextToken = out.NextToken; in.NextToken == nil {
			return events
		}
	}
}

// brief is an event in a line: previous event, type, and what it says.
func brief(e *api.HistoryEvent) string {
	text := fmt.Sprintf("%d<%d %s", e.Id, *e.PreviousEventId, e.Type)
	add := func(s ...*string) {
		for _, p := range s {
			if p != nil {
				text += " " + *p
			}
		}
	}
	switch {
	case e.StateEnteredEventDetails != nil:
		add(&e.StateEnteredEventDetails.Name, e.StateEnteredEventDetails.Input)
	case e.StateExitedEventDetails != nil:
		add(&e.StateExitedEventDetails.Name, e.StateExitedEventDetails.Output)
		if v := e.StateExitedEventDetails.AssignedVariables; v != nil {
			b, _ := json.Marshal(v)
			add(new(string(b)))
		}
	case e.LambdaFunctionScheduledEventDetails != nil:
		add(e.LambdaFunctionScheduledEventDetails.Input)
	case e.LambdaFunctionSucceededEventDetails != nil:
		add(e.LambdaFunctionSucceededEventDetails.Output)
	case e.LambdaFunctionFailedEventDetails != nil:
		add(e.LambdaFunctionFailedEventDetails.Error, e.LambdaFunctionFailedEventDetails.Cause)
	case e.TaskScheduledEventDetails != nil:
		d := e.TaskScheduledEventDetails
		add(&d.ResourceType, &d.Resource, &d.Parameters)
	case e.TaskFailedEventDetails != nil:
		add(e.TaskFailedEventDetails.Error)
	case e.EvaluationFailedEventDetails != nil:
		d := e.EvaluationFailedEventDetails
		add(d.Error, d.Location, &d.State)
	case e.MapStateStartedEventDetails != nil:
		add(new(fmt.Sprint(*e.MapStateStartedEventDetails.Length)))
	case e.MapIterationStartedEventDetails != nil:
		add(new(fmt.Sprint(*e.MapIterationStartedEventDetails.Index)))
	}
	return text
}

// checkHistory sees that an execution's history is one that AWS could have
// written, and returns it.
func checkHistory(t *testing.T, env *testenv.Env, arn string) []api.HistoryEvent {
	t.Helper()
	d, err := call.Do[*api.DescribeStateMachineForExecutionOutput](env.Context(), env.Caller(), "states", "DescribeStateMachineForExecution", &api.DescribeStateMachineForExecutionInput{ExecutionArn: arn})
	if err != nil {
		t.Fatal(err)
	}
	events := allEvents(t, env, arn)
	checkEvents(t, []byte(d.Definition), events)
	return events
}

// checkEvents sees that events are a history that AWS could have written for a
// definition.
func checkEvents(t *testing.T, definition []byte, events []api.HistoryEvent) {
	t.Helper()
	tree, findings := asl.Parse(definition)
	if tree == nil {
		t.Fatal(findings)
	}
	read := make([]credible.Event, len(events))
	for i := range events {
		var err error
		if read[i], err = credible.Read(events[i]); err != nil {
			t.Fatal(err)
		}
	}
	for _, fault := range credible.Faults(tree, read) {
		t.Error(fault)
	}
}
