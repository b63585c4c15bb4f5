package schedule

import (
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"
)

// due lists the next n times of an expression after a moment, both as RFC 3339
// in a zone.
func due(t *testing.T, expr, zone, after string, n int) []string {
	t.Helper()
	e, err := Parse(expr)
	if err != nil {
		t.Fatal(err)
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.Parse(time.RFC3339, after)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for range n {
		next, ok := e.Next(at, loc)
		if !ok {
			return append(out, "never")
		}
		out, at = append(out, next.In(loc).Format(time.RFC3339)), next
	}
	return out
}

func TestNext(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		expr, after string
		want        []string
	}{
		"rate":                     {"rate(5 minutes)", "2026-03-01T10:01:07Z", []string{"2026-03-01T10:06:07Z", "2026-03-01T10:11:07Z"}},
		"at":                       {"at(2026-03-01T12:00:00)", "2026-03-01T10:00:00Z", []string{"2026-03-01T12:00:00Z", "never"}},
		"daily":                    {"cron(0 10 * * ? *)", "2026-03-01T10:00:00Z", []string{"2026-03-02T10:00:00Z", "2026-03-03T10:00:00Z"}},
		"the minute itself":        {"cron(0 10 * * ? *)", "2026-03-01T09:59:59Z", []string{"2026-03-01T10:00:00Z"}},
		"every ten minutes":        {"cron(0/10 * ? * MON-FRI *)", "2026-02-27T23:45:00Z", []string{"2026-02-27T23:50:00Z", "2026-03-02T00:00:00Z"}},
		"business hours":           {"cron(0/5 8-17 ? * MON-FRI *)", "2026-02-27T17:54:00Z", []string{"2026-02-27T17:55:00Z", "2026-03-02T08:00:00Z"}},
		"first of the month":       {"cron(0 8 1 * ? *)", "2026-02-01T08:00:00Z", []string{"2026-03-01T08:00:00Z"}},
		"last day":                 {"cron(0 0 L * ? *)", "2028-02-01T00:00:00Z", []string{"2028-02-29T00:00:00Z", "2028-03-31T00:00:00Z"}},
		"two days before the last": {"cron(0 0 L-2 2 ? *)", "2026-01-01T00:00:00Z", []string{"2026-02-26T00:00:00Z"}},
		"weekday near the third":   {"cron(0 0 3W * ? *)", "2026-01-01T00:00:00Z", []string{"2026-01-02T00:00:00Z", "2026-02-03T00:00:00Z"}},
		"weekday near the first":   {"cron(0 0 1W * ? *)", "2026-07-15T00:00:00Z", []string{"2026-08-03T00:00:00Z"}},
		"last weekday":             {"cron(0 0 LW * ? *)", "2026-01-15T00:00:00Z", []string{"2026-01-30T00:00:00Z", "2026-02-27T00:00:00Z"}},
		"second Tuesday":           {"cron(15 3 ? * 3#2 *)", "2026-01-01T00:00:00Z", []string{"2026-01-13T03:15:00Z", "2026-02-10T03:15:00Z"}},
		"last Friday":              {"cron(0 0 ? * 6L *)", "2026-01-01T00:00:00Z", []string{"2026-01-30T00:00:00Z", "2026-02-27T00:00:00Z"}},
		"a week's last day":        {"cron(0 0 ? * L *)", "2026-01-01T00:00:00Z", []string{"2026-01-03T00:00:00Z"}},
		"a list of names":          {"cron(0 0 ? JAN,mar SUN,WED 2026/2)", "2026-01-28T00:00:00Z", []string{"2026-03-01T00:00:00Z", "2026-03-04T00:00:00Z"}},
		"only in a year":           {"cron(0 0 1 1 ? 2027)", "2026-01-28T00:00:00Z", []string{"2027-01-01T00:00:00Z", "never"}},
		"over midnight":            {"cron(0 22-1 ? * * *)", "2026-01-28T22:30:00Z", []string{"2026-01-28T23:00:00Z", "2026-01-29T00:00:00Z", "2026-01-29T01:00:00Z", "2026-01-29T22:00:00Z"}},
		"leap day":                 {"cron(0 0 29 2 ? *)", "2026-01-28T22:30:00Z", []string{"2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"}},
		"never":                    {"cron(0 0 31 2 ? *)", "2026-01-28T22:30:00Z", []string{"never"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, due(t, tt.expr, "UTC", tt.after, len(tt.want))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A wall-clock time that the spring leaves out is skipped, and one that the
// autumn repeats is due once.
func TestNextOverChangesOfTheClock(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		expr, zone, after string
		want              []string
	}{
		"left out": {
			"cron(30 2 * * ? *)", "America/New_York", "2026-03-07T12:00:00Z",
			[]string{"2026-03-09T02:30:00-04:00"},
		},
		"minutes over the gap": {
			"cron(0/30 * * * ? *)", "America/New_York", "2026-03-08T06:15:00Z",
			[]string{"2026-03-08T01:30:00-05:00", "2026-03-08T03:00:00-04:00"},
		},
		"repeated": {
			"cron(30 1 * * ? *)", "America/New_York", "2026-10-31T12:00:00Z",
			[]string{"2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"},
		},
		"repeated in Europe": {
			"cron(0/20 2 * * ? *)", "Europe/Zurich", "2026-10-25T00:10:00Z",
			[]string{"2026-10-25T02:20:00+02:00", "2026-10-25T02:40:00+02:00", "2026-10-26T02:00:00+01:00"},
		},
		"asked for in the repetition": {
			"cron(30 1 * * ? *)", "America/New_York", "2026-11-01T06:10:00Z",
			[]string{"2026-11-02T01:30:00-05:00"},
		},
		"a zone's wall clock": {
			"at(2026-07-01T09:00:00)", "Asia/Kolkata", "2026-01-01T00:00:00Z", []string{"2026-07-01T09:00:00+05:30"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, due(t, tt.expr, tt.zone, tt.after, len(tt.want))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNextFromKeepsARatesPace(t *testing.T) {
	t.Parallel()
	e, err := Parse("rate(10 minutes)")
	if err != nil {
		t.Fatal(err)
	}
	anchor := time.Date(2026, 1, 1, 0, 3, 0, 0, time.UTC)
	got, _ := e.NextFrom(anchor, anchor.Add(47*time.Minute), time.UTC)
	if want := anchor.Add(50 * time.Minute); !got.Equal(want) {
		t.Errorf("due at %v, want %v", got, want)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, expr := range []string{
		"", "rate", "rate()", "rate(5)", "rate(0 minutes)", "rate(-1 minutes)", "rate(5 seconds)", "rate(5  minutes)", "Rate(5 minutes)",
		"cron()", "cron(* * * * * *)", "cron(0 0 ? * ? *)", "cron(0 0 1 * * *)", "cron(0 10 * * ?)", "cron(60 10 * * ? *)",
		"cron(0 24 * * ? *)", "cron(0 0 32 * ? *)", "cron(0 0 0 * ? *)", "cron(0 0 1 13 ? *)", "cron(0 0 ? * 8 *)", "cron(0 0 ? * 0 *)",
		"cron(0 0 ? * MON#6 *)", "cron(0 0 ? * MON#1,TUE#2 *)", "cron(0 0 1 1 ? 1969)", "cron(0 0 1 1 ? 2200)", "cron(0/0 0 1 1 ? *)",
		"cron(a 0 1 1 ? *)", "cron(0 0 1 1 ? *", "cron(+1 0 1 1 ? *)", "cron(, 0 1 1 ? *)",
		"at(2026-01-01)", "at(2026-13-01T00:00:00)", "at(2026-01-01T00:00:00Z)",
	} {
		if e, err := Parse(expr); err == nil {
			t.Errorf("%q was taken as %v", expr, e)
		}
	}
}

func TestAgrees(t *testing.T) {
	t.Parallel()
	for expr, want := range map[string]bool{
		"rate(1 minute)": true, "rate(1 minutes)": false, "rate(2 hours)": true, "rate(2 hour)": false, "cron(0 0 1 1 ? *)": true,
	} {
		if e, err := Parse(expr); err != nil || e.Agrees() != want {
			t.Errorf("%s agrees: %t (%v), want %t", expr, e.Agrees(), err, want)
		}
	}
}

// What is due is later than what it comes after, on a whole minute, and the
// same when asked for from any moment in between.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"rate(5 minutes)", "cron(0/10 * ? * MON-FRI *)", "cron(0 0 L-2,3W,LW * ? 2026/2)", "cron(1-59/7 22-3 ? 3,JUL 6#3 *)", "at(2026-01-01T00:00:00)",
	} {
		f.Add(seed, int64(1_790_000_000))
	}
	loc, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, expr string, seconds int64) {
		e, err := Parse(expr)
		if err != nil {
			return
		}
		after := time.Unix(seconds%7_000_000_000, 0)
		next, ok := e.Next(after, loc)
		if !ok || e.Kind() == Rate {
			return
		}
		if !next.After(after) {
			t.Fatalf("%s after %v is due at %v", expr, after, next)
		}
		if again, _ := e.Next(next.Add(-time.Second), loc); e.Kind() == Cron && !again.Equal(next) {
			t.Fatalf("%s: due at %v, but a second before at %v", expr, next, again)
		}
	})
}
