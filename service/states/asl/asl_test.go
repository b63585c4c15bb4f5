package asl

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/pattern/value"
)

// mustParse compiles a definition that is valid.
func mustParse(t testing.TB, text string) *Machine {
	t.Helper()
	m, findings := Parse([]byte(text))
	if m == nil {
		t.Fatalf("%v", findings)
	}
	return m
}

// What the definition says is in the machine, with defaults filled in.
func TestParseCompiles(t *testing.T) {
	t.Parallel()
	m := mustParse(t, `{"Comment":"c","Version":"1.0","TimeoutSeconds":9,"StartAt":"T","States":{
		"T":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2","Parameters":{"StateMachineArn":"a","x":{"k":[1]},"y.$":"$.y"},
			"Retry":[{"ErrorEquals":["A"]},{"ErrorEquals":["B"],"IntervalSeconds":2,"MaxAttempts":5,"BackoffRate":3,"MaxDelaySeconds":9,"JitterStrategy":"FULL"}],
			"Catch":[{"ErrorEquals":["States.ALL"],"ResultPath":null,"Next":"P"}],"TimeoutSeconds":5,"Next":"P"},
		"P":{"Type":"Parallel","ResultPath":"$.r","Branches":[{"StartAt":"I","States":{"I":{"Type":"Succeed"}}}],"Next":"M"},
		"M":{"Type":"Map","Iterator":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"J","States":{"J":{"Type":"Fail"}}},
			"Parameters":{"a":1},"MaxConcurrencyPath":"$.c","End":true}}}`)
	if m.Comment != "c" || m.Version != "1.0" || m.TimeoutSeconds != 9 || m.StartAt != "T" || m.QueryLanguage != JSONPath {
		t.Errorf("machine: %+v", m)
	}
	if diff := cmp.Diff([]string{"T", "P", "M"}, m.Order); diff != "" {
		t.Error(diff)
	}
	task := m.States["T"]
	want := Resource{ARN: "arn:aws:states:::states:startExecution.sync:2", Kind: OptimizedService, Service: "states", Action: "startExecution", Pattern: Sync2}
	if diff := cmp.Diff(want, task.Task.Resource); diff != "" {
		t.Error(diff)
	}
	retries := []*Retrier{
		{ErrorEquals: []string{"A"}, IntervalSeconds: 1, MaxAttempts: 3, BackoffRate: 2},
		{ErrorEquals: []string{"B"}, IntervalSeconds: 2, MaxAttempts: 5, BackoffRate: 3, MaxDelaySeconds: 9, FullJitter: true},
	}
	if diff := cmp.Diff(retries, task.Retry); diff != "" {
		t.Error(diff)
	}
	if c := task.Catch[0]; !c.ResultPath.Null || c.Next != "P" {
		t.Errorf("catcher: %+v", c)
	}
	p := task.Parameters
	if p.Kind != ObjectTemplate || p.Elements[1].Kind != Constant || p.Elements[2].Kind != PathExpr || p.Elements[2].Field != "y.$" {
		t.Errorf("parameters: %+v", p)
	}
	inner := m.States["P"].Parallel.Branches[0].States["I"]
	if inner.Parent != m.States["P"] || !inner.End || inner.Location != "/States/P/Branches[0]/States/I" || m.All["I"] != inner {
		t.Errorf("state of a branch: %+v", inner)
	}
	each := m.States["M"]
	if each.Parameters != nil || each.Map.ItemSelector == nil || !each.Map.Iterator || !each.Map.Distributed ||
		each.Map.ExecutionType != "EXPRESS" || each.Map.MaxConcurrency.Kind != PathExpr || each.Map.Processor.States["J"] == nil {
		t.Errorf("map: %+v", each.Map)
	}
}

// Each form of resource is told from the others.
func TestResources(t *testing.T) {
	t.Parallel()
	for arn, want := range map[string]Resource{
		"arn:aws:lambda:us-east-1:123456789012:function:f:1":           {Kind: LambdaFunction},
		"arn:aws:states:us-east-1:123456789012:activity:a":             {Kind: Activity},
		"arn:aws:states:::sqs:sendMessage.waitForTaskToken":            {Kind: OptimizedService, Service: "sqs", Action: "sendMessage", Pattern: WaitForTaskToken},
		"arn:aws:states:::aws-sdk:dynamodb:query":                      {Kind: SDKService, Service: "dynamodb", Action: "query"},
		"arn:aws:states:us-east-1:123456789012:aws-sdk:sqs:listQueues": {Kind: SDKService, Service: "sqs", Action: "listQueues"},
	} {
		want.ARN = arn
		got, ok := parseResource(arn)
		if diff := cmp.Diff(want, got); diff != "" || !ok {
			t.Errorf("%s: %v %s", arn, ok, diff)
		}
	}
	for _, arn := range []string{
		"", "arn", "arn:aws:lambda:us-east-1:123:function:f", "arn:aws:lambda::123456789012:function:f", "arn:aws:lambda:us-east-1:123456789012:layer:f",
		"arn:aws:lambda:us-east-1:123456789012:function:", "arn:aws:lambda:us-east-1:123456789012:function:f:", "arn:gcp:states:::sqs:sendMessage",
		"arn:aws:states:::sqs", "arn:aws:states:::sqs:", "arn:aws:states:::sqs:sendMessage.", "arn:aws:states:::sqs:sendMessage.later",
		"arn:aws:states:us-east-1:123456789012:activity:", "arn:aws:states:us-east-1:123456789012:stateMachine:m", "arn:aws:s3:::bucket/key",
	} {
		if r, ok := parseResource(arn); ok {
			t.Errorf("%s leads to %+v", arn, r)
		}
	}
}

// A single state is read without what it leads to.
func TestParseState(t *testing.T) {
	t.Parallel()
	s, findings := ParseState([]byte(`{"Type":"Pass","QueryLanguage":"JSONata","Output":"{% $states.input %}","Next":"Elsewhere"}`))
	if s == nil || s.QueryLanguage != JSONata || s.Next != "Elsewhere" || len(findings) > 0 {
		t.Errorf("%+v %v", s, findings)
	}
	s, findings = ParseState([]byte(`{"Type":"Map","ItemProcessor":{"StartAt":"A","States":{"A":{"Type":"Pass"}}},"End":true}`))
	if s != nil || findingsText(findings) != "ERROR SCHEMA_VALIDATION_FAILED /ItemProcessor/States/A | This object should have only one of the following fields: [Next, End]" {
		t.Errorf("%+v %v", s, findings)
	}
	for _, text := range []string{``, `[]`, `{}`, `{"Type":"Nope"}`} {
		if s, findings := ParseState([]byte(text)); s != nil || !Refused(findings) {
			t.Errorf("%s: %+v %v", text, s, findings)
		}
	}
}

// The text with which CreateStateMachine refuses lists every finding but warnings.
func TestMessage(t *testing.T) {
	t.Parallel()
	_, findings := Parse([]byte(`{"StartAt":"pass1","States":{"pass1":{"Type":"Pass","Result":"$.x","Next":"pass3"},"pass2":{"Type":"Pass","End":true}}}`))
	want := `Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: pass3 at /States/pass1/Next, ` +
		`MISSING_TRANSITION_TARGET: State "pass2" is not reachable. at /States/pass2'`
	if got := Message(findings); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	_, findings = Parse([]byte(`{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"A"}}}`))
	if got := Message(findings); got != "Invalid State Machine Definition: 'MISSING_END_STATE: Workflow has no terminal state at null'" {
		t.Errorf("got %s", got)
	}
}

// Definitions have a largest size, and states a deepest place.
func TestBounds(t *testing.T) {
	t.Parallel()
	large := `{"Comment":"` + strings.Repeat("x", maxDefinition) + `"}`
	if _, findings := Parse([]byte(large)); !Refused(findings) {
		t.Error("a definition over the limit was taken")
	}
	deep := `{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}`
	for range maxNested + 1 {
		deep = `{"StartAt":"P","States":{"P":{"Type":"Parallel","Branches":[` + deep + `],"End":true}}}`
	}
	_, findings := Parse([]byte(deep))
	found := false
	for _, f := range findings {
		found = found || f.Code == CodeTooDeep
	}
	if !found {
		t.Error("states nested too deep were taken")
	}
}

// Variables are found wherever a state can refer to them.
func TestVariableReferences(t *testing.T) {
	t.Parallel()
	m := mustParse(t, `{"StartAt":"A","States":{
		"A":{"Type":"Pass","InputPath":"$a.x","Parameters":{"p.$":"$b","f.$":"States.Format('{}{}', $c, States.Array($d[0]))","q.$":"$b"},"Next":"B"},
		"B":{"Type":"Choice","Choices":[{"And":[{"Variable":"$e","IsPresent":true},{"Not":{"Variable":"$.x","StringEqualsPath":"$f"}}],"Assign":{"z.$":"$g"},"Next":"C"}]},
		"C":{"Type":"Pass","QueryLanguage":"JSONata","Output":{"l":["{% $h + $states.input.x + $sum([1]) %}"]},"Next":"D"},
		"D":{"Type":"Map","ItemsPath":"$i","ItemProcessor":{"StartAt":"E","States":{"E":{"Type":"Wait","SecondsPath":"$j","End":true}}},"End":true}}}`)
	want := map[string][]string{"A": {"a", "b", "c", "d"}, "B": {"g", "e", "f"}, "C": {"h"}, "D": {"i"}, "E": {"j"}}
	if diff := cmp.Diff(want, m.VariableReferences()); diff != "" {
		t.Error(diff)
	}
}

// No text makes the parser panic, and what it refuses it explains.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"a.$":"$.b"},"End":true}}}`))
	f.Add([]byte(`{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Choice","Choices":[{"Condition":"{% $x %}","Next":"A"}]}}}`))
	f.Add([]byte(`{"StartAt":"A","States":{"A":{"Type":"Map","ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Wait","Seconds":1,"End":true}}},"End":true}}}`))
	f.Add([]byte(`{"StartAt":"A","States":{"A":{"Type":"Parallel","Branches":[{}],"Retry":[{"ErrorEquals":["States.ALL"]}],"Catch":[{}],"End":true}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, findings := Parse(text)
		if (m == nil) != Refused(findings) {
			t.Errorf("machine %v with %v", m != nil, findings)
		}
		if m != nil {
			_ = m.VariableReferences()
		}
		_, _ = ParseState(text)
	})
}

// Reading a definition costs about as much as reading its JSON and its paths.
func BenchmarkParse(b *testing.B) {
	text := []byte(`{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"f","Payload.$":"$.a.b"},"Retry":[{"ErrorEquals":["States.ALL"]}],"Next":"B"},
		"B":{"Type":"Choice","Choices":[{"Variable":"$.x","NumericGreaterThan":1,"Next":"C"}],"Default":"C"},"C":{"Type":"Succeed"}}}`)
	if _, err := value.Parse(text); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if m, findings := Parse(text); m == nil {
			b.Fatal(findings)
		}
	}
}
