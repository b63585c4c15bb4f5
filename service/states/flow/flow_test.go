package flow

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/asl"
)

// Each comparison answers as the States Language defines it; values of another
// kind never match.
func TestComparisons(t *testing.T) {
	t.Parallel()
	const input = `{"s":"b","n":5,"f":5.0,"t":true,"ts":"2016-03-14T02:00:00+00:00","null":null,"o":{},"l":[],"s2":"b","n2":6,"big":9007199254740993}`
	tests := map[string]bool{
		`"Variable":"$.s","StringEquals":"b"`:                                               true,
		`"Variable":"$.s","StringEquals":"B"`:                                               false,
		`"Variable":"$.s","StringEqualsPath":"$.s2"`:                                        true,
		`"Variable":"$.s","StringLessThan":"c"`:                                             true,
		`"Variable":"$.s","StringLessThan":"b"`:                                             false,
		`"Variable":"$.s","StringLessThanEquals":"b"`:                                       true,
		`"Variable":"$.s","StringGreaterThan":"a"`:                                          true,
		`"Variable":"$.s","StringGreaterThanEqualsPath":"$.s2"`:                             true,
		`"Variable":"$.n","StringEquals":"5"`:                                               false,
		`"Variable":"$.null","StringLessThan":"z"`:                                          false,
		`"Variable":"$.n","NumericEquals":5.0`:                                              true,
		`"Variable":"$.f","NumericEquals":5`:                                                true,
		`"Variable":"$.n","NumericLessThan":5.1`:                                            true,
		`"Variable":"$.n","NumericLessThanPath":"$.n2"`:                                     true,
		`"Variable":"$.n","NumericGreaterThan":5`:                                           false,
		`"Variable":"$.n","NumericGreaterThanEquals":5`:                                     true,
		`"Variable":"$.n","NumericLessThanEqualsPath":"$.s"`:                                false,
		`"Variable":"$.s","NumericEquals":5`:                                                false,
		`"Variable":"$.big","NumericEquals":9007199254740992`:                               false,
		`"Variable":"$.big","NumericGreaterThan":9007199254740992`:                          true,
		`"Variable":"$.t","BooleanEquals":true`:                                             true,
		`"Variable":"$.t","BooleanEqualsPath":"$.t"`:                                        true,
		`"Variable":"$.s","BooleanEquals":false`:                                            false,
		`"Variable":"$.ts","TimestampEquals":"2016-03-14T02:00:00Z"`:                        true,
		`"Variable":"$.ts","TimestampLessThan":"2016-03-14T03:30:00+01:00"`:                 true,
		`"Variable":"$.ts","TimestampGreaterThanEqualsPath":"$.ts"`:                         true,
		`"Variable":"$.s","TimestampEquals":"2016-03-14T02:00:00Z"`:                         false,
		`"Variable":"$.null","IsNull":true`:                                                 true,
		`"Variable":"$.s","IsNull":false`:                                                   true,
		`"Variable":"$.nope","IsPresent":false`:                                             true,
		`"Variable":"$.nope.deeper","IsPresent":true`:                                       false,
		`"Variable":"$.null","IsPresent":true`:                                              true,
		`"Variable":"$v","IsPresent":false`:                                                 true,
		`"Variable":"$.n","IsNumeric":true`:                                                 true,
		`"Variable":"$.s","IsString":true`:                                                  true,
		`"Variable":"$.t","IsBoolean":true`:                                                 true,
		`"Variable":"$.ts","IsTimestamp":true`:                                              true,
		`"Variable":"$.s","IsTimestamp":false`:                                              true,
		`"Not":{"Variable":"$.s","StringEquals":"x"}`:                                       true,
		`"And":[{"Variable":"$.s","IsString":true},{"Variable":"$.n","IsString":true}]`:     false,
		`"Or":[{"Variable":"$.n","IsString":true},{"Variable":"$.s","IsString":true}]`:      true,
		`"And":[{"Variable":"$.q","IsPresent":true},{"Variable":"$.q","StringEquals":"x"}]`: false,
		`"Or":[{"Variable":"$.s","IsPresent":true},{"Variable":"$.q","StringEquals":"x"}]`:  true,
	}
	for rule, want := range tests {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			state := parseState(t, `{"Type":"Choice","Choices":[{`+rule+`,"Next":"N"}],"Default":"S"}`, "")
			o, err := Choose(t.Context(), testScope(t, state, input, ""))
			if err != nil {
				t.Fatal(err)
			}
			if got := o.Next == "N"; got != want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// A comparison of what is not there is a fault of its own.
func TestComparisonOfNothing(t *testing.T) {
	t.Parallel()
	for _, rule := range []string{`"Variable":"$.q","StringEquals":"x"`, `"Variable":"$.s","StringEqualsPath":"$.q"`} {
		state := parseState(t, `{"Type":"Choice","Choices":[{`+rule+`,"Next":"N"}],"Default":"S"}`, "")
		_, err := Choose(t.Context(), testScope(t, state, `{"s":"x"}`, ""))
		f, ok := errors.AsType[*Failure](err)
		if !ok || f.Name != ErrRuntime || f.Cause != "Invalid path '$.q': The choice state's condition path references an invalid value." {
			t.Errorf("%s: got %v", rule, err)
		}
	}
}

// Patterns match whole texts; a star is any text unless it is escaped.
func TestStringMatches(t *testing.T) {
	t.Parallel()
	tests := map[[2]string]bool{
		{"log-file.txt", "*.txt"}: true, {"log-file.txt", "log-*.txt"}: true, {"log.txt.bak", "*.txt"}: false, {"", "*"}: true, {"", ""}: true,
		{"a", ""}: false, {"a*b", `a\*b`}: true, {"axb", `a\*b`}: false, {`a\b`, `a\\b`}: true, {"abcabc", "*abc"}: true, {"abcab", "a*b*c"}: false,
		{"aXbYc", "a*b*c"}: true, {"foo", "f**o"}: true, {"LOG", "log"}: false, {"grüße", "gr*e"}: true, {`a*`, `a\`}: false, {"*", `\**`}: true,
	}
	for tt, want := range tests {
		if got := matchesPattern(tt[0], tt[1]); got != want {
			t.Errorf("%q with %q: got %v", tt[0], tt[1], got)
		}
	}
}

// Delays grow by the rate, up to the bound, until the attempts are used up; each
// retrier counts for itself.
func TestRetryDelays(t *testing.T) {
	t.Parallel()
	state := parseState(t, `{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:s3:listBuckets","Retry":[
		{"ErrorEquals":["A"],"IntervalSeconds":3,"MaxAttempts":4,"BackoffRate":1.5,"MaxDelaySeconds":6},
		{"ErrorEquals":["States.ALL"]}],"End":true}`, "")
	s := testScope(t, state, "", "")
	var got []time.Duration
	counts := []int{0, 0}
	for {
		again, ok := Retry(s, &Failure{Name: "A"}, counts)
		if !ok {
			break
		}
		counts[again.Index]++
		got = append(got, again.Delay)
	}
	want := []time.Duration{3 * time.Second, 4500 * time.Millisecond, 6 * time.Second, 6 * time.Second}
	if len(got) != len(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	if again, ok := Retry(s, &Failure{Name: "B"}, counts); !ok || again.Index != 1 || again.Delay != time.Second {
		t.Errorf("the second retrier: %+v %v", again, ok)
	}
}

// The States Language's example of retriers that count for themselves: of five
// failures of three kinds the last is caught.
func TestRetriersCountForThemselves(t *testing.T) {
	t.Parallel()
	state := parseState(t, `{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:123456789012:function:X","Next":"N","Retry":[
		{"ErrorEquals":["ErrorA","ErrorB"],"IntervalSeconds":1,"BackoffRate":2.0,"MaxAttempts":2},
		{"ErrorEquals":["ErrorC"],"IntervalSeconds":5}],"Catch":[{"ErrorEquals":["States.ALL"],"Next":"N"}]}`, "")
	s := testScope(t, state, "", "")
	counts := []int{0, 0}
	for i, step := range []struct {
		name  string
		delay time.Duration
	}{{"ErrorA", time.Second}, {"ErrorB", 2 * time.Second}, {"ErrorC", 5 * time.Second}} {
		again, ok := Retry(s, &Failure{Name: step.name}, counts)
		if !ok || again.Delay != step.delay {
			t.Fatalf("failure %d: %+v %v", i+1, again, ok)
		}
		counts[again.Index]++
	}
	last := &Failure{Name: "ErrorB"}
	if again, ok := Retry(s, last, counts); ok {
		t.Fatalf("the third of ErrorA and ErrorB is retried: %+v", again)
	}
	o, i, err := Catch(t.Context(), s, last)
	if err != nil || i != 0 || o.Next != "N" {
		t.Errorf("it is not caught: %+v %d %v", o, i, err)
	}
}

// Which lists of names take which failures.
func TestErrorEquals(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		failure Failure
		names   string
		want    bool
	}{
		"by name":                      {Failure{Name: "A"}, "A", true},
		"another name":                 {Failure{Name: "A"}, "a", false},
		"all":                          {Failure{Name: "A"}, ErrAll, true},
		"all of no name":               {Failure{}, ErrAll, true},
		"all but runtime":              {Failure{Name: ErrRuntime}, ErrAll, false},
		"runtime not by name":          {Failure{Name: ErrRuntime}, ErrRuntime, false},
		"all of a task's large result": {Failure{Name: ErrDataLimitExceeded}, ErrAll, true},
		"all but a state's large data": {Failure{Name: ErrDataLimitExceeded, Evaluated: true}, ErrAll, false},
		"a state's large data by name": {Failure{Name: ErrDataLimitExceeded, Evaluated: true}, ErrDataLimitExceeded, true},
		"all of a query":               {Failure{Name: ErrQueryEvaluation, Evaluated: true}, ErrAll, true},
		"task failed":                  {Failure{Name: "A"}, ErrTaskFailed, true},
		"task failed is no timeout":    {Failure{Name: ErrTimeout}, ErrTaskFailed, false},
		"task failed is no heartbeat":  {Failure{Name: ErrHeartbeatTimeout}, ErrTaskFailed, false},
		"timeout of a heartbeat":       {Failure{Name: ErrHeartbeatTimeout}, ErrTimeout, true},
		"heartbeat is not any timeout": {Failure{Name: ErrTimeout}, ErrHeartbeatTimeout, false},
		"all of a timeout":             {Failure{Name: ErrTimeout}, ErrAll, true},
	}
	for name, tt := range tests {
		if got := matches([]string{tt.names}, &tt.failure); got != tt.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

// Outputs, arguments, variables and their sum have limits.
func TestLimits(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", MaxPayload)
	fits := strings.Repeat("x", MaxPayload-20)
	half := strings.Repeat("x", MaxPayload/2)
	pass := parseState(t, `{"Type":"Pass","End":true}`, "")
	s := testScope(t, pass, "", "")
	s.Input = fits
	if _, err := Pass(t.Context(), s); err != nil {
		t.Errorf("an output within the limit: %v", err)
	}
	s.Input = big
	_, err := Pass(t.Context(), s)
	wantFailure(t, "output", ErrDataLimitExceeded)(nil, err)
	if want := "States.DataLimitExceeded: The state/task 'S' returned a result with a size exceeding the maximum number of bytes service limit."; err.Error() != want {
		t.Errorf("got %v", err)
	}
	task := testScope(t, parseState(t, `{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:s3:listBuckets","Parameters":{"a.$":"$.x","b.$":"$.x"},"End":true}`, ""), "", "")
	task.Input = value.Of("x", half)
	if _, err := Arguments(t.Context(), task); err == nil {
		t.Error("arguments over the limit were taken")
	}
	assign := testScope(t, parseState(t, `{"Type":"Pass","Assign":{"a.$":"$.x","b.$":"$.x"},"Parameters":{"x.$":"$.x"},"End":true}`, ""), "", "")
	assign.Input = value.Of("x", half)
	wantFailure(t, "assign", ErrDataLimitExceeded)(Pass(t.Context(), assign))
	many := value.NewObject(50)
	for i := range 44 {
		many.Set(strings.Repeat("v", i+1), fits)
	}
	one := testScope(t, parseState(t, `{"Type":"Pass","Assign":{"new":1},"End":true}`, ""), "", "")
	one.Variables = NewVariables(NewVariables(nil, many), nil)
	wantFailure(t, "variables", ErrDataLimitExceeded)(Pass(t.Context(), one))
}

// wantFailure returns a check of an outcome that should be a failure.
func wantFailure(t *testing.T, what, name string) func(*Outcome, error) {
	t.Helper()
	return func(_ *Outcome, err error) {
		t.Helper()
		if f, ok := errors.AsType[*Failure](err); !ok || f.Name != name {
			t.Errorf("%s: got %v, want %s", what, err, name)
		}
	}
}

// An inner scope reads outer variables, and what it assigns stays within.
func TestVariableScopes(t *testing.T) {
	t.Parallel()
	outer := NewVariables(nil, value.Of("a", int64(1), "b", int64(2)))
	inner := NewVariables(outer, nil)
	s := testScope(t, parseState(t, `{"Type":"Pass","Assign":{"c.$":"$a","b2.$":"$b"},"End":true}`, ""), "", "")
	s.Variables = inner
	o, err := Pass(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(value.Text(o.Variables.Own())); got != `{"c":1,"b2":2}` {
		t.Errorf("own: %s", got)
	}
	if got := string(value.Text(o.Variables.All())); got != `{"a":1,"b":2,"c":1,"b2":2}` {
		t.Errorf("all: %s", got)
	}
	if got := string(value.Text(outer.Own())); got != `{"a":1,"b":2}` {
		t.Errorf("the outer scope became %s", got)
	}
	if _, ok := outer.Lookup("c"); ok {
		t.Error("the outer scope sees the inner one")
	}
	if (*Variables)(nil).All().Len() != 0 || (*Variables)(nil).Own() != nil {
		t.Error("no variables are some")
	}
}

// The context object has the members that the developer guide shows, in order.
func TestContextObject(t *testing.T) {
	t.Parallel()
	at := time.Date(2030, 1, 2, 3, 4, 5, 678_000_000, time.FixedZone("", 3600))
	c := ExecutionContext(Execution{ID: "id", Input: "in", Name: "n", RoleARN: "r", StartTime: at, RedriveCount: 1, RedriveTime: at, MachineID: "m", MachineName: "mn"})
	inner := ItemContext(TokenContext(StateContext(c, &asl.State{Name: "S", Type: asl.TypeTask}, at, 2), "tok"), MapItem{Index: 3, Key: "k", HasKey: true, Value: "v", Source: "s3://b"})
	want := `{"Execution":{"Id":"id","Input":"in","StartTime":"2030-01-02T02:04:05.678Z","Name":"n","RoleArn":"r","RedriveCount":1,"RedriveTime":"2030-01-02T02:04:05.678Z"},` +
		`"StateMachine":{"Id":"m","Name":"mn"},"State":{"Name":"S","EnteredTime":"2030-01-02T02:04:05.678Z","RetryCount":2},"Task":{"Token":"tok"},` +
		`"Map":{"Item":{"Index":3,"Key":"k","Value":"v","Source":"s3://b"}}}`
	if got := string(value.Text(inner)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := string(value.Text(StateContext(c, &asl.State{Name: "S", Type: asl.TypePass}, at, 0))); strings.Contains(got, "RetryCount") || strings.Contains(got, "Token") {
		t.Errorf("the parts share: %s", got)
	}
}

// Whoever inspects a state sees the values between its steps.
func TestTrace(t *testing.T) {
	t.Parallel()
	s := testScope(t, parseState(t, `{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:s3:listBuckets","InputPath":"$.a","Parameters":{"p.$":"$.b"},
		"ResultSelector":{"r.$":"$.x"},"ResultPath":"$.res","OutputPath":"$.res","Assign":{"v":1},"End":true}`, ""), `{"a":{"b":1}}`, `{"w":2}`)
	if _, err := Arguments(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if _, err := Complete(t.Context(), s, value.Of("x", int64(7))); err != nil {
		t.Fatal(err)
	}
	for what, got := range map[string][2]string{
		"after InputPath":      {string(s.Trace.AfterInputPath), `{"b":1}`},
		"after Parameters":     {string(s.Trace.AfterParameters), `{"p":1}`},
		"result":               {string(s.Trace.Result), `{"x":7}`},
		"after ResultSelector": {string(s.Trace.AfterResultSelector), `{"r":7}`},
		"after ResultPath":     {string(s.Trace.AfterResultPath), `{"a":{"b":1},"res":{"r":7}}`},
		"variables":            {string(s.Trace.Variables), `{"w":2,"v":1}`},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: got %s, want %s", what, got[0], got[1])
		}
	}
	a := testScope(t, parseState(t, `{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:s3:listBuckets","Arguments":{"p":"{% $states.input.a %}"},"End":true}`, "jsonata"), `{"a":1}`, "")
	if _, err := Arguments(t.Context(), a); err != nil || string(a.Trace.AfterArguments) != `{"p":1}` {
		t.Errorf("after Arguments: %s, %v", a.Trace.AfterArguments, err)
	}
}

// A context that ended is no failure of the workflow.
func TestEndedContextIsNoFailure(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := testScope(t, parseState(t, `{"Type":"Pass","Output":"{% $sum([1..100000]) %}","End":true}`, "jsonata"), "", "")
	_, err := Pass(ctx, s)
	if _, ok := errors.AsType[*Failure](err); ok {
		t.Errorf("got %v", err)
	}
}

// An item that no batch can hold is a failure.
func TestBatchesRefuseWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	if _, err := Batches(BatcherSettings{MaxBytes: 20}, []any{strings.Repeat("x", 30)}); err == nil {
		t.Error("it was taken")
	}
	if got, err := Batches(BatcherSettings{MaxItems: 2}, nil); err != nil || len(got) != 0 {
		t.Errorf("no items: %v, %v", got, err)
	}
}

// benchmarkState runs one state over and over.
func benchmarkState(b *testing.B, text, words string, step func(context.Context, *Scope) (*Outcome, error)) {
	b.Helper()
	s := testScope(b, parseState(b, text, words), `{"a":5,"name":"Ann","list":[1,2,3],"detail":{"x":"y"}}`, `{"v":1}`)
	s.Trace = nil
	b.ReportAllocs()
	for b.Loop() {
		if _, err := step(b.Context(), s); err != nil {
			b.Fatal(err)
		}
	}
}

// The cost of a state's own work, which bounds how many transitions are possible.
func BenchmarkState(b *testing.B) {
	b.Run("pass", func(b *testing.B) { benchmarkState(b, `{"Type":"Pass","Next":"N"}`, "", Pass) })
	b.Run("pass with template", func(b *testing.B) {
		benchmarkState(b, `{"Type":"Pass","Parameters":{"a.$":"$.a","n":{"x.$":"$.detail.x"},"f.$":"States.Format('Hello, {}', $.name)"},"ResultPath":"$.r","Assign":{"v.$":"$.a"},"Next":"N"}`, "", Pass)
	})
	b.Run("choice", func(b *testing.B) {
		benchmarkState(b, `{"Type":"Choice","Choices":[{"Variable":"$.name","StringEquals":"Bob","Next":"S"},{"And":[{"Variable":"$.a","NumericGreaterThan":1},{"Variable":"$.name","StringMatches":"A*"}],"Next":"N"}]}`, "", Choose)
	})
	b.Run("pass in JSONata", func(b *testing.B) {
		benchmarkState(b, `{"Type":"Pass","Output":{"a":"{% $states.input.a + 1 %}","n":"{% 'Hello, ' & $states.input.name %}"},"Assign":{"v":"{% $v + 1 %}"},"Next":"N"}`, "jsonata", Pass)
	})
	b.Run("choice in JSONata", func(b *testing.B) {
		benchmarkState(b, `{"Type":"Choice","Choices":[{"Condition":"{% $states.input.name = 'Bob' %}","Next":"S"},{"Condition":"{% $states.input.a > 1 and $contains($states.input.name, 'A') %}","Next":"N"}]}`, "jsonata", Choose)
	})
}

// A state with any definition and input does not panic.
func FuzzState(f *testing.F) {
	f.Add(`{"Type":"Pass","Parameters":{"a.$":"$.x[?(@.y>1)]"},"ResultPath":"$.r[0]","End":true}`, `{"x":[{"y":2}],"r":[0]}`)
	f.Add(`{"Type":"Choice","Choices":[{"Variable":"$.a","StringMatches":"*\\*","Next":"S"}],"Default":"S"}`, `{"a":"b*"}`)
	f.Add(`{"Type":"Map","ItemsPath":"$.l","ItemProcessor":{"StartAt":"A","States":{"A":{"Type":"Succeed"}}},"End":true}`, `{"l":[1]}`)
	f.Fuzz(func(t *testing.T, text, input string) {
		m, _ := asl.Parse([]byte(`{"StartAt":"S","States":{"S":` + text + `}}`))
		if _, err := value.Parse([]byte(input)); err != nil || m == nil {
			return
		}
		c := flowCase{given: map[string]string{}}
		s := testScope(t, m.States["S"], input, "")
		r := &report{}
		switch s.State.Type {
		case asl.TypePass:
			_, _ = Pass(t.Context(), s)
		case asl.TypeChoice:
			_, _ = Choose(t.Context(), s)
		case asl.TypeWait:
			_, _ = WaitUntil(t.Context(), s)
		case asl.TypeFail:
			_, _ = Fail(t.Context(), s)
		case asl.TypeSucceed:
			_, _ = Succeed(t.Context(), s)
		case asl.TypeTask, asl.TypeParallel, asl.TypeMap:
			c.fallible(t, s, r)
			_, _ = Complete(t.Context(), s, s.Input)
		}
	})
}

// What holds a value more often than could be written is too large, whichever
// way it was made, and nobody writes it to find out.
func TestValuesThatHoldEachOtherAreTooLarge(t *testing.T) {
	t.Parallel()
	var v any = "x"
	for range 100 {
		v = []any{v, v}
	}
	if !tooLarge(v, MaxPayload) {
		t.Error("there is room for it")
	}
	for name, state := range map[string]string{
		"JSONata":   `{"Type":"Pass","QueryLanguage":"JSONata","Output":"{% $reduce([1..100], function($s, $i){[[$s], [$s]]}, 1) %}","End":true}`,
		"condition": `{"Type":"Choice","QueryLanguage":"JSONata","Choices":[{"Condition":"{% $reduce([1..100], function($s, $i){[[$s], [$s]]}, 1) %}","Next":"T"}]},"T":{"Type":"Succeed"}`,
		"array":     `{"Type":"Pass","Parameters":{"a.$":"States.JsonToString(States.Array($` + strings.Repeat(",$", 10_000) + `))"},"End":true}`,
		"format":    `{"Type":"Pass","Parameters":{"a.$":"States.Format('` + strings.Repeat("{}", 10_000) + `'` + strings.Repeat(",$", 10_000) + `)"},"End":true}`,
		"template":  `{"Type":"Pass","Parameters":{"a.$":"$"` + many(10_000, `,"%d.$":"$"`) + `},"End":true}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, findings := asl.Parse([]byte(`{"StartAt":"S","States":{"S":` + state + `}}`))
			if m == nil {
				t.Fatal(findings)
			}
			s := testScope(t, m.States["S"], `"`+strings.Repeat("x", 200_000)+`"`, "")
			var err error
			if name == "condition" {
				_, err = Choose(t.Context(), s)
			} else {
				_, err = Pass(t.Context(), s)
			}
			if failure, ok := errors.AsType[*Failure](err); !ok || len(failure.Cause) > 1_000_000 {
				t.Errorf("%.300v", err)
			}
		})
	}
}

// many are n parts with their numbers.
func many(n int, part string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, part, i)
	}
	return b.String()
}

// A pattern of stars matches what is put in place of them, and what is quoted only
// itself; and none takes long.
func FuzzMatchesPattern(f *testing.F) {
	f.Add("a", "b", "c")
	f.Add("*", `\`, `\*`)
	f.Add("", "aa", "aaab")
	f.Add(strings.Repeat("a", 2000), "b", strings.Repeat("a", 1000))
	quote := strings.NewReplacer("*", `\*`, `\`, `\\`)
	f.Fuzz(func(t *testing.T, one, two, three string) {
		pattern := quote.Replace(one) + "*" + quote.Replace(two) + "*" + quote.Replace(three)
		if text := one + three + two + one + three; !matchesPattern(text, pattern) {
			t.Errorf("%q does not match %q", text, pattern)
		}
		if got := matchesPattern(three, quote.Replace(one)); got != (one == three) {
			t.Errorf("%q matches %q: %t", three, one, got)
		}
		if matchesPattern(one, two+"*"+three) && !matchesPattern(one+"x", two+"*"+three+"*") {
			t.Errorf("%q matches %q*%q, but not with a star and a letter", one, two, three)
		}
	})
}

func TestNoPatternOfStarsTakesLong(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("a", 256<<10)
	began := time.Now()
	if matchesPattern(text, "*"+strings.Repeat("a", 100<<10)+"b*") {
		t.Error("it matches")
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
}
