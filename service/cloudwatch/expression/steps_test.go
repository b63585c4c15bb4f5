package expression_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"maru.dev/maru/service/cloudwatch/expression"
)

// wide is env over a thousand years, with so many steps. In it e1 is [m1,m1], e2 is
// [e1,e1], and so on to e30.
func wide(steps int) *expression.Env {
	e := env()
	e.End, e.Steps = start.AddDate(1000, 0, 0), expression.NewSteps(steps, nil)
	lookup := e.Lookup
	e.Lookup = func(id string) (expression.Value, error) {
		n, err := strconv.Atoi(strings.TrimPrefix(id, "e"))
		if err != nil || n < 1 || n > 30 {
			return lookup(id)
		}
		text := "[m1,m1]"
		if n > 1 {
			text = fmt.Sprintf("[e%[1]d,e%[1]d]", n-1)
		}
		twice, err := expression.Parse(text)
		if err != nil {
			return expression.Value{}, err
		}
		return twice.Eval(e)
	}
	return e
}

// What a few characters can ask for has an end.
func TestExpressionsEndWhenTheyNeedTooMuch(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"TIME_SERIES(1)", "FILL(m1,0)", "FILL(m1,REPEAT)", "FILL([m1,m2],m1)", "HOUR(m1)", "IF(MINUTE(m1),m1)", "e30", "SUM(e30)", "-e30", "m1+e30", "SORT(e30,AVG,DESC,1)",
		"AVG([TIME_SERIES(1),m1])", "METRIC_COUNT(e30)*m1",
	} {
		e, err := expression.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := e.Eval(wide(100_000)); err == nil || !strings.Contains(err.Error(), "More than 100000 data points are needed") {
			t.Errorf("%s: %d series, %v", text, len(v.Series), err)
		}
	}
}

// Series that have few points cost what they are put together with.
func TestCombinationsAreCounted(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"e4 + m1": true, "e10 + m1": false, "m1 - e10": false, "SUM(e4)": true, "SUM(e10)": false} {
		e, err := expression.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Eval(wide(5000)); (err == nil) != want {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Whatever is asked for, no more points come out than there were steps.
func FuzzSteps(f *testing.F) {
	for _, seed := range []string{"e9+m1", "FILL(METRICS(), LINEAR)", "IF(TIME_SERIES(1)>1, [m1][0])", "SORT([e3,e4],AVG,DESC,1)", "LAST(ANOMALY_DETECTION_BAND(e2,2))", "[e5,e5,e5]*HOUR(m1)", "SUM(e12)"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := expression.Parse(s)
		if err != nil {
			return
		}
		const steps = 10_000
		v, err := e.Eval(wide(steps))
		if err != nil {
			return
		}
		n := len(v.Series)
		for _, s := range v.Series {
			n += len(s.Points)
		}
		if n > 2*steps { // both operands' points may come out, each looked at once
			t.Errorf("%s: %d series and points", s, n)
		}
	})
}
