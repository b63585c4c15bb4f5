package scheduler

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPlanFollowsTheUserGuide(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		sc    record
		after string
		want  []string
	}{
		"a rate begins at once": {
			record{Expression: "rate(5 minutes)", Timezone: "UTC"},
			"2026-03-01T11:59:59Z",
			[]string{"2026-03-01T12:00:00Z", "2026-03-01T12:05:00Z", "2026-03-01T12:10:00Z"},
		},
		"a rate begins at its start": {
			record{Expression: "rate(2 hours)", Timezone: "UTC", Start: begin().Add(30 * time.Minute)},
			"2026-03-01T12:00:00Z",
			[]string{"2026-03-01T12:30:00Z", "2026-03-01T14:30:00Z", "2026-03-01T16:30:00Z"},
		},
		"a rate ends before its end": {
			record{Expression: "rate(1 minute)", Timezone: "UTC", End: begin().Add(2 * time.Minute)},
			"2026-03-01T11:59:59Z",
			[]string{"2026-03-01T12:00:00Z", "2026-03-01T12:01:00Z"},
		},
		"a day of a rate has 24 hours whatever the clocks do": {
			record{Expression: "rate(1 days)", Timezone: "America/New_York", Start: time.Date(2026, 3, 7, 15, 0, 0, 0, time.UTC)},
			"2026-03-01T12:00:00Z",
			[]string{"2026-03-07T15:00:00Z", "2026-03-08T15:00:00Z", "2026-03-09T15:00:00Z"},
		},
		"cron in a zone follows the clocks": {
			record{Expression: "cron(0 8 * * ? *)", Timezone: "America/New_York"},
			"2026-03-07T00:00:00Z",
			[]string{"2026-03-07T13:00:00Z", "2026-03-08T12:00:00Z", "2026-03-09T12:00:00Z"},
		},
		"cron skips a time that the clocks leave out": {
			record{Expression: "cron(30 2 * * ? *)", Timezone: "America/New_York"},
			"2026-03-07T00:00:00Z",
			[]string{"2026-03-07T07:30:00Z", "2026-03-09T06:30:00Z"},
		},
		"cron meets a repeated time once": {
			record{Expression: "cron(30 1 * * ? *)", Timezone: "America/New_York"},
			"2026-10-31T12:00:00Z",
			[]string{"2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"},
		},
		"cron heeds start and end": {
			record{
				Expression: "cron(0 12 * * ? *)", Timezone: "UTC", Start: time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC),
				End: time.Date(2026, 3, 7, 0, 0, 0, 0, time.UTC),
			},
			"2026-03-01T00:00:00Z",
			[]string{"2026-03-05T12:00:00Z", "2026-03-06T12:00:00Z"},
		},
		"at is in its zone, and ignores start and end": {
			record{Expression: "at(2026-07-01T09:00:00)", Timezone: "Europe/Berlin", End: begin()},
			"2026-03-01T00:00:00Z",
			[]string{"2026-07-01T07:00:00Z"},
		},
		"at that has passed is never": {record{Expression: "at(2026-01-01T00:00:00)", Timezone: "UTC"}, "2026-03-01T00:00:00Z", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.sc.Anchor = begin()
			p, err := planOf(&tt.sc)
			if err != nil {
				t.Fatal(err)
			}
			at, err := time.Parse(time.RFC3339, tt.after)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for range max(2, len(tt.want)) + 1 {
				next, ok := p.next(at)
				if !ok {
					break
				}
				got, at = append(got, next.Format(time.RFC3339)), next
			}
			if n := len(tt.want); len(got) > n && tt.sc.End.IsZero() && n > 1 {
				got = got[:n]
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
