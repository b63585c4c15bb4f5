package jsonata

import (
	"errors"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"maru.dev/maru/pattern/value"
)

// recordedCase is an expression and what the reference made of it.
type recordedCase struct {
	name   string
	expr   string
	data   any // Undefined{} if there is none
	vars   map[string]any
	want   *value.Object
	limits Limits
	differ string // why we differ, if we do
}

// member returns a member of an object, or Undefined{}.
func member(o *value.Object, name string) any {
	v, ok := o.Get(name)
	if !ok {
		return Undefined{}
	}
	return v
}

// readCases reads a file of recorded cases.
func readCases(t testing.TB, file string) []recordedCase {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	v, err := value.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	root := v.(*value.Object)
	datasets, _ := member(root, "datasets").(*value.Object)
	list, _ := member(root, "cases").([]any)
	var cases []recordedCase
	for _, item := range list {
		o := item.(*value.Object)
		text := func(name string) string {
			s, _ := member(o, name).(string)
			return s
		}
		c := recordedCase{
			name: text("group") + "/" + text("name"), expr: text("expr"), data: member(o, "data"), differ: text("differ"),
		}
		if name := text("dataset"); name != "" {
			c.data = member(datasets, name)
		}
		bindings := member(o, "bindings")
		if name, ok := bindings.(string); ok {
			bindings = member(datasets, name)
		}
		if vars, ok := bindings.(*value.Object); ok {
			c.vars = make(map[string]any)
			for name, v := range vars.All() {
				c.vars[name] = v
			}
		}
		c.want, _ = member(o, "want").(*value.Object)
		depth, limited := member(o, "depth").(int64)
		if _, fails := c.want.Get("error"); limited && fails { // the suite's way to count is not ours
			c.limits = Limits{Depth: int(depth), Steps: 1_000_000}
		}
		cases = append(cases, c)
	}
	return cases
}

// recordedAt is the time at which the cases were recorded.
var recordedAt = time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)

// input is what a case is evaluated with.
func (c recordedCase) input() Input {
	r := rand.New(rand.NewPCG(1, 2))
	return Input{Data: c.data, Variables: c.vars, Now: recordedAt, Random: r.Float64, AllowEval: true, Limits: c.limits}
}

// check evaluates a case and tells how the result differs from what was
// recorded.
func (c recordedCase) check(t *testing.T) (different string) {
	t.Helper()
	var v any
	var defined bool
	e, err := Compile(c.expr)
	if err == nil {
		v, defined, err = e.Eval(t.Context(), c.input())
	}
	wantError, _ := member(c.want, "error").(*value.Object)
	var got *Error
	if errors.As(err, &got) && got.Code == "U1003" && member(c.want, "function") == true {
		return ""
	}
	switch {
	case err != nil && !errors.As(err, &got):
		return "an error of another type: " + err.Error()
	case wantError == nil && got != nil:
		return "error " + got.Code + ": " + got.Error()
	case wantError != nil && got == nil:
		return "no error but " + string(value.Text(plainOr(v, defined)))
	case wantError != nil:
		return sameError(wantError, got)
	case !defined && member(c.want, "undefined") == true:
		return ""
	case !defined:
		return "nothing"
	}
	if want := member(c.want, "result"); want == (Undefined{}) || !value.Equal(want, v) {
		return string(value.Text(v))
	}
	return ""
}

// plainOr returns a value that has a text.
func plainOr(v any, defined bool) any {
	if !defined {
		return "(nothing)"
	}
	return v
}

// sameError compares an error with what was recorded of one.
func sameError(want *value.Object, got *Error) string {
	different := ""
	compare := func(name string, v any) {
		if w := member(want, name); w != (Undefined{}) && !value.Equal(w, v) {
			different += name + " " + string(value.Text(v)) + " of " + got.Error() + "; "
		}
	}
	if member(want, "code") == "U1001" && (got.Code == "D1011" || got.Code == "D1012") {
		return "" // the suite's code for all limits
	}
	compare("code", got.Code)
	compare("position", int64(got.Position))
	if _, ok := member(want, "token").(string); ok {
		compare("token", got.Token)
		compare("message", got.Error())
	}
	return different
}

// Every case of the language's own test suite has the result that the reference
// has.
func TestSuite(t *testing.T) {
	t.Parallel()
	checkAll(t, "testdata/suite/suite.json", 1599)
}

// Expressions of our own have the results that the reference had when they were
// recorded.
func TestRecorded(t *testing.T) {
	t.Parallel()
	checkAll(t, "testdata/recorded.json", 1700)
}

// checkAll runs all cases of a file, of which there are at least so many.
func checkAll(t *testing.T, file string, least int) {
	t.Helper()
	cases := readCases(t, file)
	if len(cases) < least {
		t.Errorf("only %d cases", len(cases))
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			different := c.check(t)
			switch {
			case different != "" && c.differ == "":
				t.Errorf("%s\n got  %s\n want %s", c.expr, different, value.Text(c.want))
			case different == "" && c.differ != "":
				t.Errorf("%s\n no longer differs (%s)", c.expr, c.differ)
			}
		})
	}
}
