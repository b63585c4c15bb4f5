package flow

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/asl"
)

// update rewrites the expected results of the corpus.
var update = flag.Bool("update", false, "rewrite testdata")

// testNow is the time of every evaluation here.
var testNow = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

// flowCase is one state of the corpus with what it is given and what becomes of
// it. Files hold
//
//	=== name | jsonata
//	state: {…}
//	input: …
//	---
//	output: …
//
// Other lines before the --- are vars (the variables), result (of a task, of
// branches or items) and failure (name | cause).
type flowCase struct {
	name, words string
	given       map[string]string
	text, want  string
}

// readCases reads one file of the corpus.
func readCases(t *testing.T, file string) []flowCase {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var cases []flowCase
	for _, part := range strings.Split("\n"+string(text), "\n=== ")[1:] {
		head, rest, _ := strings.Cut(part, "\n")
		given, want, _ := strings.Cut(rest, "\n---")
		c := flowCase{text: strings.TrimSpace(given), want: strings.TrimSpace(want), given: map[string]string{}}
		c.name, c.words, _ = strings.Cut(head, " | ")
		for line := range strings.SplitSeq(c.text, "\n") {
			key, v, ok := strings.Cut(line, ": ")
			if !ok {
				t.Fatalf("%s: %s: %q", file, c.name, line)
			}
			c.given[key] = v
		}
		cases = append(cases, c)
	}
	return cases
}

// parseState compiles a state of a test; N is a state behind it.
func parseState(t testing.TB, text, words string) *asl.State {
	t.Helper()
	language := ""
	if strings.Contains(words, "jsonata") {
		language = `"QueryLanguage":"JSONata",`
	}
	next := ""
	if strings.Contains(text, `"N"`) {
		next = `,"N":{"Type":"Succeed"}`
	}
	m, findings := asl.Parse([]byte(`{` + language + `"StartAt":"S","States":{"S":` + text + next + `}}`))
	if m == nil {
		t.Fatalf("%s: %v", text, findings)
	}
	return m.States["S"]
}

// testScope returns a scope of a state.
func testScope(t testing.TB, state *asl.State, input, vars string) *Scope {
	t.Helper()
	in := parseValue(t, input)
	execution := ExecutionContext(Execution{
		ID: "arn:aws:states:us-east-1:123456789012:execution:m:e", Input: in, Name: "e", RoleARN: "arn:aws:iam::123456789012:role/r",
		StartTime: testNow.Add(-time.Minute), MachineID: "arn:aws:states:us-east-1:123456789012:stateMachine:m", MachineName: "m",
	})
	own, _ := parseValue(t, vars).(*value.Object)
	return &Scope{
		State: state, Input: in, Context: StateContext(execution, state, testNow.Add(-time.Second), 0),
		Variables: NewVariables(nil, own), Entered: 2, Now: testNow,
		Random: func() float64 { return 0.5 },
		UUID:   func() string { return "00000000-0000-4000-8000-000000000000" },
		Trace:  &Trace{},
	}
}

// parseValue parses a JSON text; "" is an empty object.
func parseValue(t testing.TB, text string) any {
	t.Helper()
	if text == "" {
		text = "{}"
	}
	v, err := value.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// report is what the corpus says of an evaluation.
type report struct{ strings.Builder }

// line adds a line.
func (r *report) line(key string, format string, args ...any) {
	fmt.Fprintf(r, "%s: %s\n", key, fmt.Sprintf(format, args...))
}

// err adds a failure; it returns whether there was one.
func (r *report) err(t *testing.T, err error) bool {
	t.Helper()
	if err == nil {
		return false
	}
	f, ok := errors.AsType[*Failure](err)
	if !ok {
		t.Fatalf("not a failure: %v", err)
	}
	r.line("error", "%s | %s", f.Name, f.FullCause())
	if f.Location != "" {
		r.line("location", "%s", f.Location)
	}
	return true
}

// outcome adds how a state ends.
func (r *report) outcome(t *testing.T, o *Outcome, err error) {
	t.Helper()
	if r.err(t, err) {
		return
	}
	r.line("output", "%s", value.Text(o.Output))
	if o.Assigned != nil {
		r.line("assigned", "%s", value.Text(o.Assigned))
	}
	if o.End {
		r.line("end", "true")
	} else {
		r.line("next", "%s", o.Next)
	}
}

// run evaluates a case.
func (c flowCase) run(t *testing.T) string {
	t.Helper()
	s := testScope(t, parseState(t, c.given["state"], c.words), c.given["input"], c.given["vars"])
	r := &report{}
	ctx := t.Context()
	defer func() {
		if got := string(value.Text(s.Input)); got != string(value.Text(parseValue(t, c.given["input"]))) {
			t.Errorf("%s: the input became %s", c.name, got)
		}
	}()
	switch s.State.Type {
	case asl.TypePass:
		o, err := Pass(ctx, s)
		r.outcome(t, o, err)
	case asl.TypeSucceed:
		o, err := Succeed(ctx, s)
		r.outcome(t, o, err)
	case asl.TypeChoice:
		o, err := Choose(ctx, s)
		r.outcome(t, o, err)
	case asl.TypeWait:
		until, err := WaitUntil(ctx, s)
		if !r.err(t, err) {
			r.line("until", "%s", until.UTC().Format(time.RFC3339Nano))
			o, err := Waited(ctx, s)
			r.outcome(t, o, err)
		}
	case asl.TypeFail:
		f, err := Fail(ctx, s)
		if !r.err(t, err) {
			r.line("fails", "%s | %s", f.Name, f.FullCause())
		}
	case asl.TypeTask, asl.TypeParallel, asl.TypeMap:
		c.fallible(t, s, r)
	}
	return strings.TrimSpace(r.String())
}

// fallible evaluates a Task, Parallel or Map state.
func (c flowCase) fallible(t *testing.T, s *Scope, r *report) {
	t.Helper()
	ctx := t.Context()
	if text, ok := c.given["failure"]; ok {
		f := &Failure{}
		name, cause, _ := strings.Cut(text, "|")
		f.Name, f.Cause = strings.TrimSpace(name), strings.TrimSpace(cause)
		if again, ok := Retry(s, f, nil); ok {
			r.line("retry", "%d after %s", again.Index, again.Delay)
			return
		}
		o, i, err := Catch(ctx, s, f)
		if o == nil && err == nil {
			r.line("caught", "no")
			return
		}
		r.line("caught", "%d", i)
		r.outcome(t, o, err)
		return
	}
	if text, ok := c.given["result"]; ok {
		o, err := Complete(ctx, s, parseValue(t, text))
		r.outcome(t, o, err)
		return
	}
	if s.State.Type == asl.TypeMap {
		c.items(t, s, r)
		return
	}
	v, err := Arguments(ctx, s)
	if r.err(t, err) {
		return
	}
	r.line("arguments", "%s", value.Text(v))
	if s.State.Task == nil {
		return
	}
	limits, err := TaskTimeouts(ctx, s)
	if !r.err(t, err) && limits != (Timeouts{}) {
		r.line("timeouts", "%s %s", limits.Timeout, limits.Heartbeat)
	}
	role, err := Credentials(ctx, s)
	if !r.err(t, err) && role != "" {
		r.line("role", "%s", role)
	}
}

// items evaluates what a Map state runs for.
func (c flowCase) items(t *testing.T, s *Scope, r *report) {
	t.Helper()
	ctx := t.Context()
	set, err := MapSettingsOf(ctx, s)
	if r.err(t, err) {
		return
	}
	if set != (MapSettings{}) {
		r.line("settings", "%+v", set)
	}
	m := s.State.Map
	if m.ItemReader != nil {
		reader, err := Reader(ctx, s)
		if r.err(t, err) {
			return
		}
		r.line("reader", "%s max %d at %q", value.Text(reader.Arguments), reader.MaxItems, reader.ItemsPointer)
		writer, err := Writer(ctx, s)
		if !r.err(t, err) {
			r.line("writer", "%s", value.Text(writer))
		}
		return
	}
	items, err := MapItems(ctx, s)
	if r.err(t, err) {
		return
	}
	inputs := make([]any, len(items))
	for i, item := range items {
		if inputs[i], err = ItemInput(ctx, s, item); r.err(t, err) {
			return
		}
	}
	if m.ItemBatcher != nil {
		b, err := Batcher(ctx, s)
		if r.err(t, err) {
			return
		}
		if inputs, err = Batches(b, inputs); r.err(t, err) {
			return
		}
	}
	r.line("inputs", "%s", value.Text(inputs))
}

// Each state of the corpus does with its input what Step Functions does.
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	total := 0
	for _, file := range files {
		var written strings.Builder
		cases := readCases(t, file)
		total += len(cases)
		for _, c := range cases {
			got := c.run(t)
			if *update {
				fmt.Fprintf(&written, "=== %s", c.name)
				if c.words != "" {
					fmt.Fprintf(&written, " | %s", c.words)
				}
				fmt.Fprintf(&written, "\n%s\n---\n%s\n", c.text, got)
				continue
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s: %s (-want +got):\n%s", file, c.name, diff)
			}
		}
		if *update {
			if err := os.WriteFile(file, []byte(written.String()), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("%d states", total)
}
