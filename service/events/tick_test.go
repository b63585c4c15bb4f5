package events

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	api "maru.dev/maru/api/events"
	lambdaapi "maru.dev/maru/api/lambda"
	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

// timesheet is a function that notes at which time each event says that it was
// due. An event that it is told of again is no other one.
type timesheet struct {
	lambdaapi.Unimplemented

	mu   sync.Mutex
	ids  map[string]string // time → id of the event
	news chan string       // each time, once
	odd  []string          // times of which two events tell
}

func newTimesheet() *timesheet {
	return &timesheet{ids: make(map[string]string), news: make(chan string, 10_000)}
}

// Invoke notes an event.
func (f *timesheet) Invoke(_ context.Context, in *lambdaapi.InvokeInput) (*lambdaapi.InvokeOutput, error) {
	var e struct{ ID, Time string }
	if err := json.Unmarshal(in.Payload, &e); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch id, ok := f.ids[e.Time]; {
	case !ok:
		f.ids[e.Time] = e.ID
		f.news <- e.Time
	case id != e.ID:
		f.odd = append(f.odd, e.Time)
	}
	return &lambdaapi.InvokeOutput{}, nil
}

// told tells whether a time has been noted.
func (f *timesheet) told(at string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ids[at] != ""
}

// await waits until n more times have been noted, and returns them in order.
func (f *timesheet) await(t *testing.T, n int) (times []string) {
	t.Helper()
	for range n {
		select {
		case at := <-f.news:
			times = append(times, at)
		case <-time.After(time.Minute):
			t.Fatalf("%d of %d times told", len(times), n)
		}
	}
	slices.Sort(times)
	return times
}

// newYear is when the clock of a test service begins.
func newYear(later time.Duration) string {
	return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(later).Format(time.RFC3339)
}

// everyMinutes are the first n times of a rate, from the first one on.
func everyMinutes(first, rate, n int) (times []string) {
	for i := range n {
		times = append(times, newYear(time.Duration(first+i*rate)*time.Minute))
	}
	return times
}

// scheduled makes a rule that tells the function.
func scheduled(ctx context.Context, t *testing.T, s *Service, expression string) {
	t.Helper()
	must[*api.PutRuleOutput](t)(s.PutRule(ctx, &api.PutRuleInput{Name: "r", ScheduleExpression: &expression}))
	must[*api.PutTargetsOutput](t)(s.PutTargets(ctx, &api.PutTargetsInput{Rule: "r", Targets: []api.Target{{Id: "a", Arn: testFunction}}}))
}

// A rule is due each minute. Wherever the power goes in the first four, and
// though the clock stands at ten when it is back, each minute is told by one
// event: by that which told it before, if that was all on disk.
func TestEachDueTimeIsToldOnceThroughACrash(t *testing.T) {
	t.Parallel()
	for name, expression := range map[string]string{"rate": "rate(1 minute)", "cron": "cron(* * * * ? *)"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := newTimesheet()
			kvtest.Crash(t, func(st *kv.Store, ack func()) {
				s, ctx := newTestService(st)
				scheduled(ctx, t, s, expression)
				ack()
				stop := run(t, s, before)
				for range 4 {
					s.Clock.(*clock.Fake).Advance(time.Minute)
					before.await(t, 1)
					ack()
				}
				stop()
			}, func(st *kv.Store, acked int) {
				if acked == 0 {
					return
				}
				s, _ := newTestService(st)
				s.Clock.(*clock.Fake).Advance(10 * time.Minute)
				f := newTimesheet()
				stop := run(t, s, f)
				testenv.Eventually(t, "all is told but the time to come", func() bool { return f.told(newYear(10*time.Minute)) && pending(t, st) == 1 })
				stop()
				for i, at := range everyMinutes(1, 1, 10) {
					told, seen := f.ids[at], before.ids[at]
					switch {
					case told == "" && i >= acked: // one may have been told and not acknowledged yet
						t.Errorf("%s was told neither before the crash, after %d times, nor after it", at, acked-1)
					case told != "" && i < acked-1 && told != seen:
						t.Errorf("%s was told by two events", at)
					}
				}
				if len(f.odd) > 0 {
					t.Errorf("told twice: %v", f.odd)
				}
			})
		})
	}
}

// What was due while maru did not run is told late, at most a day late but for
// the first of it.
func TestTimesThatHavePassedAreToldLate(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		expression string
		away       time.Duration
		want       []string
	}{
		"an hour":    {"rate(15 minutes)", time.Hour, everyMinutes(15, 15, 4)},
		"three days": {"rate(6 hours)", 72 * time.Hour, append(everyMinutes(6*60, 0, 1), everyMinutes(54*60, 6*60, 4)...)},
		"by cron":    {"cron(0 0/6 * * ? *)", 25 * time.Hour, everyMinutes(6*60, 6*60, 4)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := kvtest.Open(t)
			s, ctx := newTestService(st)
			scheduled(ctx, t, s, tt.expression)
			s, _ = newTestService(st)
			s.Clock.(*clock.Fake).Advance(tt.away)
			f := newTimesheet()
			stop := run(t, s, f)
			if diff := cmp.Diff(tt.want, f.await(t, len(tt.want))); diff != "" {
				t.Error(diff)
			}
			testenv.Eventually(t, "the next time is waited for", func() bool { return pending(t, st) == 1 })
			stop()
			if len(f.news) > 0 {
				t.Errorf("%s was told, too", <-f.news)
			}
		})
	}
}

// A rule is changed when a time of it has come and has not been told yet. It is
// told, unless the change is one of when it is due.
func TestAChangeOfARuleCostsItNoTime(t *testing.T) {
	t.Parallel()
	type ctx = context.Context
	tests := map[string]struct {
		change func(ctx, *Service) error
		want   []string
	}{
		"targets": {func(c ctx, s *Service) error {
			return only(s.PutTargets(c, &api.PutTargetsInput{Rule: "r", Targets: []api.Target{{Id: "a", Arn: testFunction}}}))
		}, everyMinutes(1, 1, 3)},
		"tags": {func(c ctx, s *Service) error {
			return only(s.TagResource(c, &api.TagResourceInput{ResourceARN: "arn:aws:events:us-east-1:000000000000:rule/r", Tags: []api.Tag{{Key: "k"}}}))
		}, everyMinutes(1, 1, 3)},
		"description": {func(c ctx, s *Service) error {
			return only(s.PutRule(c, &api.PutRuleInput{Name: "r", ScheduleExpression: new("rate(1 minute)"), Description: new("d")}))
		}, everyMinutes(1, 1, 3)},
		"enabled as it is": {func(c ctx, s *Service) error { return only(s.EnableRule(c, &api.EnableRuleInput{Name: "r"})) }, everyMinutes(1, 1, 3)},
		"disabled and enabled": {func(c ctx, s *Service) error {
			if _, err := s.DisableRule(c, &api.DisableRuleInput{Name: "r"}); err != nil {
				return err
			}
			return only(s.EnableRule(c, &api.EnableRuleInput{Name: "r"}))
		}, []string{newYear(150 * time.Second), newYear(210 * time.Second)}},
		"another rate": {func(c ctx, s *Service) error {
			return only(s.PutRule(c, &api.PutRuleInput{Name: "r", ScheduleExpression: new("rate(2 minutes)")}))
		}, []string{newYear(210 * time.Second)}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := kvtest.Open(t)
			s, ctx := newTestService(st)
			c := s.Clock.(*clock.Fake)
			scheduled(ctx, t, s, "rate(1 minute)")
			c.Advance(90 * time.Second)
			if err := tt.change(ctx, s); err != nil {
				t.Fatal(err)
			}
			c.Advance(2 * time.Minute)
			f := newTimesheet()
			stop := run(t, s, f)
			if diff := cmp.Diff(tt.want, f.await(t, len(tt.want))); diff != "" {
				t.Error(diff)
			}
			testenv.Eventually(t, "the next time is waited for", func() bool { return pending(t, st) == 1 })
			stop()
			if len(f.news) > 0 {
				t.Errorf("%s was told, too", <-f.news)
			}
		})
	}
}
