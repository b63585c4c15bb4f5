package cloudwatch_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/kv/setback"
	"maru.dev/maru/service"
	"maru.dev/maru/service/cloudwatch"
	"maru.dev/maru/task"
)

// TestActionsAreKeptBackAsLongThoughTheClockWasSetBack has a composite alarm wait
// for its suppressor when the clock is set back: it does for the rest of its minute.
func TestActionsAreKeptBackAsLongThoughTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	begin := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	call := testenv.Context(context.Background(), "http://127.0.0.1")
	at := func(c *clock.Fake, w *setback.Walk) (s *cloudwatch.Service, stop func()) {
		source := ids.New(rand.Reader)
		tasks := task.New(task.Options{Store: st, Clock: c, IDs: source})
		s = cloudwatch.New(service.Deps{Store: st, Tasks: tasks, Clock: c, IDs: source})
		if w != nil {
			for range 2 { // the second finds it done
				if err := errors.Join(tasks.Rewind(call, w), s.Rewind(call, w)); err != nil {
					t.Fatal(err)
				}
			}
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = tasks.Run(ctx)
		}()
		return s, func() { cancel(); <-done }
	}
	suppressed := func(s *cloudwatch.Service) api.CompositeAlarm {
		t.Helper()
		out, err := s.DescribeAlarms(call, &api.DescribeAlarmsInput{AlarmTypes: []string{"CompositeAlarm"}})
		if err != nil || len(out.CompositeAlarms) != 1 {
			t.Fatalf("%+v, %v", out, err)
		}
		return out.CompositeAlarms[0]
	}
	const by = 10 * time.Hour
	c := clock.NewFake(begin.Add(by))
	s, stop := at(c, nil)
	quiet := metricAlarm("s")
	quiet.TreatMissingData = new("ignore")
	if _, err := s.PutMetricAlarm(call, quiet); err != nil {
		t.Fatal(err)
	}
	_, err := s.PutCompositeAlarm(call, &api.PutCompositeAlarmInput{
		AlarmName: "c", AlarmRule: "TRUE", AlarmActions: []string{"arn:aws:ssm:us-east-1:000000000000:opsitem:1"},
		ActionsSuppressor: new("s"), ActionsSuppressorWaitPeriod: new(int32(60)), ActionsSuppressorExtensionPeriod: new(int32(60)),
	})
	if err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, "it waits", func() bool { return suppressed(s).ActionsSuppressedBy != nil })
	stop()

	c = clock.NewFake(begin.Add(20 * time.Second)) // of which it has waited 20 seconds
	s, stop = at(c, setback.NewWalk(st, kv.NewKey("", "", "progress"), setback.Jump{By: by, Now: c.Now()}))
	defer stop()
	const told = "Actions suppressed by WaitPeriod until 2026-01-01T12:01:00.000+0000"
	c.Advance(40*time.Second - 1)
	if a := suppressed(s); a.ActionsSuppressedReason == nil || *a.ActionsSuppressedReason != told {
		t.Errorf("before the minute is over: %+v", a)
	}
	c.Advance(1)
	testenv.Eventually(t, "it waits no longer", func() bool { return suppressed(s).ActionsSuppressedBy == nil })
	history, err := s.DescribeAlarmHistory(call, &api.DescribeAlarmHistoryInput{AlarmName: new("c"), AlarmTypes: []string{"CompositeAlarm"}, HistoryItemType: new("Action")})
	if err != nil || len(history.AlarmHistoryItems) != 1 {
		t.Errorf("%+v, %v", history, err)
	}
}

// TestAStateThatComesAfterAWaitWaitsAnew has two states follow one another, each of
// which has actions, with nobody to look at the end of the first's wait between them.
func TestAStateThatComesAfterAWaitWaitsAnew(t *testing.T) {
	t.Parallel()
	st, c, source := kvtest.Open(t), clock.NewFake(time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)), ids.New(rand.Reader)
	s := cloudwatch.New(service.Deps{Store: st, Tasks: task.New(task.Options{Store: st, Clock: c, IDs: source}), Clock: c, IDs: source})
	ctx := testenv.Context(context.Background(), "http://127.0.0.1")
	if _, err := s.PutMetricAlarm(ctx, metricAlarm("s")); err != nil {
		t.Fatal(err)
	}
	_, err := s.PutCompositeAlarm(ctx, &api.PutCompositeAlarmInput{
		AlarmName: "c", AlarmRule: "TRUE", ActionsSuppressor: new("s"), ActionsSuppressorWaitPeriod: new(int32(60)), ActionsSuppressorExtensionPeriod: new(int32(60)),
	})
	if err != nil {
		t.Fatal(err)
	}
	steps := []struct{ state, want string }{
		{"ALARM", "Actions suppressed by WaitPeriod until 2026-01-01T12:01:00.000+0000"},
		{"OK", "Actions suppressed by WaitPeriod until 2026-01-01T12:03:00.000+0000"},
	}
	for _, step := range steps {
		if _, err := s.SetAlarmState(ctx, &api.SetAlarmStateInput{AlarmName: "c", StateValue: step.state, StateReason: "r"}); err != nil {
			t.Fatal(err)
		}
		out, err := s.DescribeAlarms(ctx, &api.DescribeAlarmsInput{AlarmTypes: []string{"CompositeAlarm"}})
		if err != nil || len(out.CompositeAlarms) != 1 || out.CompositeAlarms[0].ActionsSuppressedReason == nil || *out.CompositeAlarms[0].ActionsSuppressedReason != step.want {
			t.Errorf("%+v, %v, want %s", out, err, step.want)
		}
		c.Advance(2 * time.Minute)
	}
}
