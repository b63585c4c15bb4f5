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
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	lambdaapi "maru.dev/maru/api/lambda"
	api "maru.dev/maru/api/states"
	"maru.dev/maru/call"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service"
)

var update = flag.Bool("update", false, "write what executions did as what they should")

// anyUUID is what differs from run to run.
var anyUUID = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// functions stands in for Lambda: what a function does is in its name.
type functions struct {
	lambdaapi.Unimplemented
	mu    sync.Mutex
	calls map[string]int
	hook  func(ctx context.Context, name string, payload []byte) ([]byte, *string)
}

// Invoke runs a function: echo gives its event back, fail-X fails with X, flaky-N
// fails N times first, text returns no JSON, hang returns nothing, gone is not there.
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
	// Advance are seconds by which the clock is moved once nothing moves.
	Advance int             `json:"advance,omitempty"`
	Status  string          `json:"status,omitempty"`
	Output  json.RawMessage `json:"output,omitempty"`
	Error   *string         `json:"error,omitempty"`
	Cause   *string         `json:"cause,omitempty"`
	Events  []string        `json:"events,omitempty"`
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
	env := testenv.New(t, Registration(), withFunctions(&functions{}))
	for name, e := range examples {
		t.Run(name, func(t *testing.T) {
			got := runExample(t, env, name, e)
			if *update {
				*e = *got
				return
			}
			if diff := cmp.Diff(pretty(t, e), pretty(t, got)); diff != "" {
				t.Errorf("want - got +\n%s", diff)
			}
		})
	}
	if !*update || t.Failed() {
		return
	}
	out, err := json.MarshalIndent(examples, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(out, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
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
	ctx := env.Context()
	machine, err := call.Do[*api.CreateStateMachineOutput](ctx, env.Caller(), "states", "CreateStateMachine", &api.CreateStateMachineInput{
		Name: strings.Map(func(r rune) rune {
			if r == ' ' || r == ',' || r == ':' || r == '\'' {
				return '-'
			}
			return r
		}, name), Definition: string(e.Definition), RoleArn: testRole,
	})
	if err != nil {
		t.Fatal(err)
	}
	input := "{}"
	if e.Input != nil {
		var b bytes.Buffer
		if err := json.Compact(&b, e.Input); err != nil {
			t.Fatal(err)
		}
		input = b.String()
	}
	x, err := call.Do[*api.StartExecutionOutput](ctx, env.Caller(), "states", "StartExecution", &api.StartExecutionInput{StateMachineArn: machine.StateMachineArn, Input: &input, Name: new("x")})
	if err != nil {
		t.Fatal(err)
	}
	var d *api.DescribeExecutionOutput
	testenv.Eventually(t, "the execution ends", func() bool {
		d, err = call.Do[*api.DescribeExecutionOutput](ctx, env.Caller(), "states", "DescribeExecution", &api.DescribeExecutionInput{ExecutionArn: x.ExecutionArn})
		if err != nil {
			t.Fatal(err)
		}
		if d.Status == "RUNNING" && e.Advance > 0 {
			env.Advance(time.Duration(e.Advance) * time.Second)
		}
		return d.Status != "RUNNING"
	})
	got := &example{Definition: e.Definition, Input: e.Input, Advance: e.Advance, Status: d.Status, Error: d.Error, Cause: d.Cause}
	if d.Cause != nil {
		got.Cause = new(anyUUID.ReplaceAllString(*d.Cause, "UUID"))
	}
	if d.Output != nil {
		got.Output = json.RawMessage(*d.Output)
	}
	events := allEvents(t, env, x.ExecutionArn)
	checkHistory(t, events)
	for i := range events {
		got.Events = append(got.Events, anyUUID.ReplaceAllString(brief(&events[i]), "UUID"))
	}
	return got
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

// checkHistory holds a history against what every history keeps to.
func checkHistory(t *testing.T, events []api.HistoryEvent) {
	t.Helper()
	if len(events) == 0 || events[0].Type != "ExecutionStarted" {
		t.Fatal("a history begins with ExecutionStarted")
	}
	entered := make(map[int64]string)
	open := 0
	at := time.Time{}
	for i := range events {
		e := &events[i]
		if e.Id != int64(i+1) {
			t.Fatalf("event %d has id %d", i+1, e.Id)
		}
		if *e.PreviousEventId >= e.Id {
			t.Errorf("event %d follows event %d", e.Id, *e.PreviousEventId)
		}
		if e.Timestamp.Before(at) {
			t.Errorf("event %d is older than the one before", e.Id)
		}
		at = e.Timestamp
		switch {
		case strings.HasSuffix(e.Type, "StateEntered"):
			entered[e.Id] = e.StateEnteredEventDetails.Name
			open++
		case strings.HasSuffix(e.Type, "StateExited"):
			open--
			if !wasEntered(events, e) {
				t.Errorf("event %d leaves %s, which its chain has not entered", e.Id, e.StateExitedEventDetails.Name)
			}
		}
		last := strings.HasPrefix(e.Type, "Execution") && e.Type != "ExecutionStarted" && e.Type != "ExecutionRedriven"
		redriven := i+1 < len(events) && events[i+1].Type == "ExecutionRedriven"
		if last != (i == len(events)-1) && !redriven {
			t.Errorf("event %d of %d is %s", e.Id, len(events), e.Type)
		}
	}
	if end := events[len(events)-1].Type; end == "ExecutionSucceeded" && open < 0 {
		t.Errorf("%d states more left than entered", -open)
	}
}

// wasEntered follows the chain of a state's end back to its entry.
func wasEntered(events []api.HistoryEvent, e *api.HistoryEvent) bool {
	for at := *e.PreviousEventId; at > 0; at = *events[at-1].PreviousEventId {
		if d := events[at-1].StateEnteredEventDetails; d != nil && d.Name == e.StateExitedEventDetails.Name {
			return true
		}
	}
	return false
}
