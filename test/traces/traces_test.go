// Package traces_test drives an application over every kind of hop, on the real
// program, and looks at the trace that it leaves.
package traces_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/aws-sdk-go-v2/service/xray"

	"maru.dev/maru/clock"
	"maru.dev/maru/deploy"
	"maru.dev/maru/internal/testenv"
)

// segment is what the test looks at in a document.
type segment struct {
	ID         string `json:"id"`
	Parent     string `json:"parent_id"`
	Name       string `json:"name"`
	Origin     string `json:"origin"`
	InProgress bool   `json:"in_progress"`
	Fault      bool   `json:"fault"`
	AWS        struct {
		Logs []struct {
			Group string `json:"log_group"`
		} `json:"cloudwatch_logs"`
	} `json:"aws"`
	Links []struct {
		Trace      string            `json:"trace_id"`
		Attributes map[string]string `json:"attributes"`
	} `json:"links"`
	Subsegments []*segment `json:"subsegments"`
}

// trace is a trace put together: its segments and subsegments by id.
type trace map[string]*segment

// take adds a segment and what is in it.
func (tr trace) take(s *segment, parent string) {
	if parent != "" {
		s.Parent = parent
	}
	tr[s.ID] = s
	for _, sub := range s.Subsegments {
		tr.take(sub, s.ID)
	}
}

// load reads a trace.
func load(t *testing.T, c *xray.Client, id string) trace {
	t.Helper()
	out, err := c.BatchGetTraces(t.Context(), &xray.BatchGetTracesInput{TraceIds: []string{id}})
	if err != nil {
		t.Fatal(err)
	}
	tr := trace{}
	for _, whole := range out.Traces {
		for _, s := range whole.Segments {
			var d segment
			if err := json.Unmarshal([]byte(*s.Document), &d); err != nil {
				t.Fatal(err)
			}
			tr.take(&d, "")
		}
	}
	return tr
}

// short is a node without the names that CloudFormation makes.
func (s *segment) short() string {
	name := s.Name
	switch parts := strings.Split(name, "-"); len(parts) {
	case 2:
		name = parts[0]
	case 3:
		name = parts[1]
	}
	if s.Origin == "" {
		return name
	}
	return s.Origin[strings.LastIndex(s.Origin, "::")+2:] + ":" + name
}

// way is how a segment came about: the nodes from the trace's root to it.
func (tr trace) way(s *segment) string {
	var nodes []string
	for at := s; at != nil; at = tr[at.Parent] {
		nodes = append(nodes, at.short())
	}
	slices.Reverse(nodes)
	return strings.Join(nodes, " > ")
}

// ways are those of all segments.
func (tr trace) ways() map[string]bool {
	out := map[string]bool{}
	for _, s := range tr {
		out[tr.way(s)] = true
	}
	return out
}

// missing are the wanted ways that are not there.
func (tr trace) missing(want []string) (out []string) {
	ways := tr.ways()
	for _, w := range want {
		if !ways[w] {
			out = append(out, w)
		}
	}
	return out
}

// app is the application on a running maru.
type app struct {
	proc    *testenv.Proc
	outputs map[string]string
}

// start starts maru and deploys the application.
func start(t *testing.T) app {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and runs whole programs")
	}
	if !python(t, "boto3") {
		t.Skip("there is no Python with boto3")
	}
	a := app{testenv.Process(t, "--xray-daemon", testenv.FreeAddress(t)), map[string]string{}}
	var told bytes.Buffer
	live := deploy.NewLive(&told, false, 0)
	result, err := deploy.Run(t.Context(), a.proc.Config(), deploy.Options{Template: "template.yaml", Stack: "traces", Progress: live.Event})
	if err != nil {
		t.Fatalf("deploy: %v\n%s", err, told.String())
	}
	for _, o := range result.Outputs {
		a.outputs[o.Key] = o.Value
	}
	return a
}

// python tells whether Python has a module.
func python(t *testing.T, module string) bool {
	t.Helper()
	return exec.CommandContext(t.Context(), "python3", "-c", "import "+module).Run() == nil
}

// within waits for what takes its time.
func within(t *testing.T, what string, ok func() bool) {
	t.Helper()
	limit := clock.System{}.NewTimer(3 * time.Minute)
	defer limit.Stop()
	for !ok() {
		select {
		case <-limit.C():
			t.Fatalf("waited in vain: %s", what)
		case <-clock.System{}.NewTimer(200 * time.Millisecond).C():
		}
	}
}

// order makes an order, and returns its trace's id.
func (a app) order(t *testing.T) string {
	t.Helper()
	url := a.proc.URL() + "/_maru/execute-api/" + a.outputs["ApiId"] + "/orders"
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var said struct{ Trace string }
	if err := json.NewDecoder(answer.Body).Decode(&said); err != nil || answer.StatusCode != http.StatusAccepted {
		t.Fatalf("%s, %v", answer.Status, err)
	}
	root, _, _ := strings.Cut(strings.TrimPrefix(said.Trace, "Root="), ";")
	return root
}

// front is the way to the first function.
const front = "Stage:traces/$default > Lambda > Lambda:Front > Function:Front"

// TestOneTraceOverEveryHop makes one order and wants all that it has caused in one
// trace, in its place.
func TestOneTraceOverEveryHop(t *testing.T) {
	t.Parallel()
	a := start(t)
	id := a.order(t)
	machine := front + " > Machine > StateMachine:Machine"
	work := front + " > Topic:Topic > Queue:Queue > Lambda:Work > Function:Work"
	want := []string{
		work + " > Table:Table > Lambda:Seen > Function:Seen",
		front + " > EventBus:default > Lambda:Audit > Attempt #1 > Function:Audit > Table:Table > Lambda:Seen",
		front + " > EventBus:default > Lambda:Audit > Dwell Time",
		machine + " > Rest",
		machine + " > Step > Lambda > Lambda:Step > Function:Step > Table:Table",
		work + " > Invocation",
	}
	if python(t, "aws_xray_sdk") {
		want = append(want, front+" > decide")
	}
	client := a.proc.XRay()
	var tr trace
	defer func() {
		if t.Failed() {
			for way := range tr.ways() {
				t.Log(way)
			}
		}
	}()
	within(t, "all of the trace", func() bool {
		tr = load(t, client, id)
		return len(tr.missing(want)) == 0 && ended(tr)
	})
	attempts, faults := 0, 0
	for _, s := range tr {
		if tr.way(s) == machine+" > Step > Lambda" {
			attempts++
			if s.Fault {
				faults++
			}
		}
		if s.Origin == "AWS::Lambda::Function" && (len(s.AWS.Logs) != 1 || !strings.HasPrefix(s.AWS.Logs[0].Group, "/aws/lambda/")) {
			t.Errorf("%s has no log group", s.Name)
		}
		if s.Parent != "" && tr[s.Parent] == nil {
			t.Errorf("the parent of %s is not there", tr.way(s))
		}
	}
	if attempts != 2 || faults != 1 {
		t.Errorf("%d attempts at the task, %d of them failed; want 2 and 1", attempts, faults)
	}
	checkMap(t, client, id)
}

// ended tells whether all of a trace's work has.
func ended(tr trace) bool {
	for _, s := range tr {
		if s.InProgress {
			return false
		}
	}
	return true
}

// checkMap wants the service map of the trace to have the edges that X-Ray would
// show.
func checkMap(t *testing.T, client *xray.Client, id string) {
	t.Helper()
	out, err := client.GetTraceGraph(t.Context(), &xray.GetTraceGraphInput{TraceIds: []string{id}})
	if err != nil {
		t.Fatal(err)
	}
	nodes := map[int32]string{}
	for _, s := range out.Services {
		nodes[*s.ReferenceId] = (&segment{Name: *s.Name, Origin: aws.ToString(s.Type)}).short()
	}
	edges := map[string]bool{}
	for _, s := range out.Services {
		for _, e := range s.Edges {
			edges[nodes[*s.ReferenceId]+" > "+nodes[*e.ReferenceId]] = true
		}
	}
	for _, want := range []string{
		"Stage:traces/$default > Lambda:Front", "Lambda:Front > Function:Front", "Function:Front > Topic:Topic", "Topic:Topic > Queue:Queue",
		"Queue:Queue > Lambda:Work", "Function:Work > Table:Table", "Table:Table > Lambda:Seen", "Function:Front > StateMachine:Machine",
		"StateMachine:Machine > Lambda:Step", "Function:Front > EventBus:default", "EventBus:default > Lambda:Audit",
	} {
		if !edges[want] {
			t.Errorf("no edge %s in %v", want, edges)
		}
	}
}

// TestABatchIsLinkedToTheTracesThatItComesFrom sends messages of two traces, which
// one invocation handles.
func TestABatchIsLinkedToTheTracesThatItComesFrom(t *testing.T) {
	t.Parallel()
	a := start(t)
	client := a.proc.XRay()
	now := time.Now().Unix()
	ids := []string{fmt.Sprintf("1-%08x-00000000000000000000000a", now), fmt.Sprintf("1-%08x-00000000000000000000000b", now)}
	var entries []sqstypes.SendMessageBatchRequestEntry
	for i, id := range ids {
		entries = append(entries, sqstypes.SendMessageBatchRequestEntry{
			Id: aws.String(fmt.Sprint(i)), MessageBody: aws.String("m"),
			MessageSystemAttributes: map[string]sqstypes.MessageSystemAttributeValue{"AWSTraceHeader": {
				DataType: aws.String("String"), StringValue: aws.String("Root=" + id + ";Parent=00000000000000aa;Sampled=1"),
			}},
		})
	}
	if _, err := a.proc.SQS().SendMessageBatch(t.Context(), &sqs.SendMessageBatchInput{QueueUrl: aws.String(a.outputs["Queue"]), Entries: entries}); err != nil {
		t.Fatal(err)
	}
	within(t, "both traces", func() bool {
		linked, functions := 0, 0
		for i, id := range ids {
			for _, s := range load(t, client, id) {
				if s.Origin == "AWS::Lambda" && len(s.Links) == 1 && s.Links[0].Trace == ids[1-i] {
					linked++
				}
				if s.Origin == "AWS::Lambda::Function" && strings.Contains(s.Name, "Work") {
					functions++
				}
			}
		}
		return linked == 2 && functions == 1
	})
}

// TestATraceGoesOnAfterACrash kills the program while a workflow rests. What was
// told before is there, and the rest joins it.
func TestATraceGoesOnAfterACrash(t *testing.T) {
	t.Parallel()
	a := start(t)
	client := a.proc.XRay()
	id := a.order(t)
	machine := front + " > Machine > StateMachine:Machine"
	within(t, "the beginning of the trace", func() bool {
		return len(load(t, client, id).missing([]string{front, machine})) == 0
	})
	a.proc.Kill()
	a.proc.Start()
	client = a.proc.XRay()
	if missing := load(t, client, id).missing([]string{front, machine}); len(missing) > 0 {
		t.Errorf("lost in the crash: %v", missing)
	}
	within(t, "the rest of the trace", func() bool {
		tr := load(t, client, id)
		return ended(tr) && len(tr.missing([]string{machine + " > Step > Lambda > Lambda:Step > Function:Step > Table:Table"})) == 0
	})
}
