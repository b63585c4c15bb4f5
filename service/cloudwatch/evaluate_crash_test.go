package cloudwatch_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service"
	"maru.dev/maru/service/cloudwatch"
	"maru.dev/maru/task"
)

// running is CloudWatch over a store, with its tasks at work until stop.
func running(t *testing.T, st *kv.Store) (s *cloudwatch.Service, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	source := ids.New(rand.Reader)
	tasks := task.New(task.Options{Store: st, Clock: clock.System{}, IDs: source})
	s = cloudwatch.New(service.Deps{Store: st, Tasks: tasks, Clock: clock.System{}, IDs: source})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = tasks.Run(ctx)
	}()
	return s, func() { cancel(); <-done }
}

// states are those of the alarm "a" and of the composite alarm "c" above it.
func states(ctx context.Context, t *testing.T, s *cloudwatch.Service) (metric, composite string, changes int) {
	t.Helper()
	out, err := s.DescribeAlarms(ctx, &api.DescribeAlarmsInput{AlarmTypes: []string{"MetricAlarm", "CompositeAlarm"}})
	if err != nil {
		t.Error(err)
		return "", "", 0
	}
	for _, a := range out.MetricAlarms {
		metric = *a.StateValue
	}
	for _, a := range out.CompositeAlarms {
		composite = *a.StateValue
	}
	history, err := s.DescribeAlarmHistory(ctx, &api.DescribeAlarmHistoryInput{AlarmName: new("a"), HistoryItemType: new("StateUpdate")})
	if err != nil {
		t.Error(err)
		return "", "", 0
	}
	return metric, composite, len(history.AlarmHistoryItems)
}

// Wherever the power fails, alarms are evaluated when it is back, the composite
// one after its child, and a change is in the history exactly once.
func TestEvaluationGoesOnAfterCrashes(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(context.Background(), "http://127.0.0.1")
	settled := func(s *cloudwatch.Service) (bool, int) {
		metric, composite, changes := states(ctx, t, s)
		return metric == "ALARM" && composite == "ALARM", changes
	}
	work := func(st *kv.Store, ack func()) {
		s, stop := running(t, st)
		defer stop()
		in := metricAlarm("a")
		in.TreatMissingData, in.AlarmActions = new("breaching"), nil
		if _, err := s.PutMetricAlarm(ctx, in); err != nil {
			return
		}
		if _, err := s.PutCompositeAlarm(ctx, &api.PutCompositeAlarmInput{AlarmName: "c", AlarmRule: "ALARM(a)"}); err != nil {
			return
		}
		ack()
		for range 500 {
			if ok, _ := settled(s); ok {
				ack()
				return
			}
			<-time.After(time.Millisecond)
		}
	}
	check := func(st *kv.Store, acked int) {
		if acked == 0 {
			return
		}
		s, stop := running(t, st)
		defer stop()
		testenv.Eventually(t, "alarms are evaluated", func() bool { ok, _ := settled(s); return ok })
		if _, changes := settled(s); changes != 1 {
			t.Errorf("%d changes in the history, want one", changes)
		}
	}
	kvtest.Crash(t, work, check)
}
