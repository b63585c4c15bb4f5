package rule_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/service/cloudwatch/rule"
)

func TestRulesAreWhatTheirAlarmsMakeThem(t *testing.T) {
	t.Parallel()
	states := map[string]string{"a": "ALARM", "b": "OK", "c d": "INSUFFICIENT_DATA"}
	for text, want := range map[string]bool{
		"ALARM(a)": true, `ALARM("a")`: true, "OK(a)": false, "ALARM(a) AND ALARM(b)": false, "ALARM(a) AND NOT ALARM(b)": true,
		`INSUFFICIENT_DATA("c d")`: true, "INSUFFICIENT_DATA(c d)": true, "TRUE": true, "FALSE": false, "NOT FALSE": true,
		"FALSE AND FALSE OR TRUE": true, "FALSE AND (FALSE OR TRUE)": false, "NOT (ALARM(a) OR OK(b))": false,
		"( ALARM ( a )\n OR ALARM(b) ) AND OK(b)": true, "TRUE OR FALSE AND FALSE": true, "NOT NOT TRUE": true,
	} {
		r, err := rule.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := r.Eval(func(alarm string) string { return states[alarm] }); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func TestRulesNameTheirChildrenOnce(t *testing.T) {
	t.Parallel()
	r, err := rule.Parse(`ALARM(b) OR OK("arn:aws:cloudwatch:us-east-1:1:alarm:a") OR OK(b)`)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"b", "arn:aws:cloudwatch:us-east-1:1:alarm:a"}, r.Children); diff != "" {
		t.Error(diff)
	}
}

func TestRulesAreRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", " TRUE", "TRUE ", "ALARM", "ALARM()", "ALARM(", `ALARM("a)`, "alarm(a)", "TRUE AND", "AND TRUE", "TRUE TRUE", "(TRUE", "TRUE)", "NOT", "TRUEOR FALSE",
		strings.Repeat("(", 600) + "TRUE", "TRUE" + strings.Repeat(" OR TRUE", 500), strings.Repeat("x", 10241),
	} {
		if _, err := rule.Parse(text); err == nil {
			t.Errorf("%.40q was read", text)
		}
	}
}

func FuzzRule(f *testing.F) {
	f.Add(`(ALARM("a") OR NOT OK(b)) AND INSUFFICIENT_DATA(c) OR TRUE`)
	f.Fuzz(func(_ *testing.T, s string) {
		if r, err := rule.Parse(s); err == nil {
			r.Eval(func(string) string { return "OK" })
		}
	})
}
