package scheduler

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	api "maru.dev/maru/api/scheduler"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service"
	"maru.dev/maru/task"
)

// begin is when the tests' clocks begin.
func begin() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// recorder is a Caller that takes every call and tells of it.
type recorder struct{ calls chan string }

// Call is not used by schedules.
func (*recorder) Call(context.Context, string, string, any) (any, error) {
	return nil, errors.New("not used")
}

// CallJSON records the body of a message.
func (r *recorder) CallJSON(_ context.Context, _, _ string, in json.RawMessage) (json.RawMessage, error) {
	var m struct{ MessageBody string }
	err := json.Unmarshal(in, &m)
	r.calls <- m.MessageBody
	return json.RawMessage("{}"), err
}

// offline is a service over a store, without a server.
func offline(st *kv.Store, c clock.Clock, r *recorder) (*Service, *task.Queue) {
	d := service.Deps{Store: st, Clock: c, IDs: ids.New(rand.Reader), Log: slog.New(slog.DiscardHandler), Caller: r}
	d.Tasks = task.New(task.Options{Store: st, Clock: c, IDs: d.IDs, Log: d.Log, Caller: r})
	return New(d), d.Tasks
}

// queueTarget sends the time at which a schedule was due to a queue.
func queueTarget() *api.Target {
	return &api.Target{
		Arn: "arn:aws:sqs:us-east-1:000000000000:q", RoleArn: "arn:aws:iam::000000000000:role/r",
		Input: new("<aws.scheduler.scheduled-time>"),
	}
}

func off() *api.FlexibleTimeWindow {
	return &api.FlexibleTimeWindow{Mode: api.FlexibleTimeWindowModeOff}
}

func TestEachChangeSurvivesACrashWhole(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(t.Context(), "")
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		s, _ := offline(st, clock.NewFake(begin()), &recorder{make(chan string, 10)})
		group := "arn:aws:scheduler:us-east-1:000000000000:schedule-group/g"
		h.Did(s.CreateScheduleGroup(ctx, &api.CreateScheduleGroupInput{Name: "g"}))
		h.Did(s.TagResource(ctx, &api.TagResourceInput{ResourceArn: group, Tags: []api.Tag{{Key: "k", Value: "v"}}}))
		h.Did(s.UntagResource(ctx, &api.UntagResourceInput{ResourceArn: group, TagKeys: []string{"k"}}))
		h.Did(s.CreateSchedule(ctx, &api.CreateScheduleInput{
			GroupName: new("g"), Name: "a", ScheduleExpression: "rate(5 minutes)", FlexibleTimeWindow: off(), Target: queueTarget(),
		}))
		h.Did(s.UpdateSchedule(ctx, &api.UpdateScheduleInput{
			GroupName: new("g"), Name: "a", ScheduleExpression: "cron(0 10 * * ? *)", FlexibleTimeWindow: off(), Target: queueTarget(),
		}))
		h.Did(s.DeleteSchedule(ctx, &api.DeleteScheduleInput{GroupName: new("g"), Name: "a"}))
		h.Did(s.DeleteScheduleGroup(ctx, &api.DeleteScheduleGroupInput{Name: "g"}))
	})
}

// drain runs the queue until nothing is left to do.
func drain(ctx context.Context, t *testing.T, st *kv.Store, tasks *task.Queue) {
	t.Helper()
	run, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- tasks.Run(run) }()
	testenv.Eventually(t, "all is done", func() bool {
		left := 0
		err := st.View(ctx, func(tx *kv.Tx) error {
			for _, err := range tx.Scan(kv.Prefix(kv.NewKey("", "", "task", "t"))) {
				if err != nil {
					return err
				}
				left++
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return left == 0
	})
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A schedule is due four times. Wherever the power goes, what has not been
// called before is called after, once each, in order.
func TestEachDueTimeFiresOnceThroughACrash(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(t.Context(), "")
	var due []string
	for i := range 4 {
		due = append(due, stamp(begin().Add(time.Duration(i)*time.Minute)))
	}
	work := func(st *kv.Store, ack func()) {
		c, r := clock.NewFake(begin()), &recorder{make(chan string, 10)}
		s, tasks := offline(st, c, r)
		_, err := s.CreateSchedule(ctx, &api.CreateScheduleInput{
			Name: "a", ScheduleExpression: "rate(1 minutes)", FlexibleTimeWindow: off(), Target: queueTarget(),
			EndDate: new(begin().Add(3*time.Minute + time.Second)), ActionAfterCompletion: new(api.ActionAfterCompletionDelete),
		})
		if err != nil {
			t.Fatal(err)
		}
		ack()
		run, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- tasks.Run(run) }()
		for range due {
			<-r.calls
			ack()
			c.Advance(time.Minute)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	kvtest.Crash(t, work, func(st *kv.Store, acked int) {
		if acked == 0 {
			return // it may not be there yet
		}
		r := &recorder{make(chan string, 10)}
		s, tasks := offline(st, clock.NewFake(begin().Add(10*time.Minute)), r)
		drain(ctx, t, st, tasks)
		got := map[string]int{}
		for range len(r.calls) {
			got[<-r.calls]++
		}
		for i, at := range due {
			if got[at] > 1 || got[at] == 0 && i >= acked {
				t.Errorf("%d calls were seen before the crash; after it came %v", acked-1, got)
				break
			}
		}
		if _, err := s.GetSchedule(ctx, &api.GetScheduleInput{Name: "a"}); err == nil {
			t.Error("the schedule is still there after its last invocation")
		}
	})
}

// After three days away a schedule is met for the time that waited and for those
// of the last day, as far back as its invocations may be retried.
func TestTimesThatHavePassedAreMetLate(t *testing.T) {
	t.Parallel()
	ctx, st := testenv.Context(t.Context(), ""), kvtest.Open(t)
	s, _ := offline(st, clock.NewFake(begin()), &recorder{make(chan string, 10)})
	_, err := s.CreateSchedule(ctx, &api.CreateScheduleInput{
		Name: "a", ScheduleExpression: "cron(0 0/6 * * ? *)", FlexibleTimeWindow: off(), Target: queueTarget(),
		EndDate: new(begin().AddDate(0, 0, 3)), ActionAfterCompletion: new(api.ActionAfterCompletionDelete),
	})
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{make(chan string, 20)}
	_, tasks := offline(st, clock.NewFake(begin().AddDate(0, 0, 3).Add(time.Hour)), r)
	drain(ctx, t, st, tasks)
	var got []string
	for range len(r.calls) {
		got = append(got, <-r.calls)
	}
	slices.Sort(got)
	want := []string{"2026-03-01T12:00:00Z", "2026-03-03T18:00:00Z", "2026-03-04T00:00:00Z", "2026-03-04T06:00:00Z"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A schedule is changed when a time of it has come and has not been met yet. It
// is met, as the schedule is by then, unless the change is one of when it is due.
func TestAChangeOfAScheduleCostsItNoTime(t *testing.T) {
	t.Parallel()
	due := func(minutes ...int) (times []string) {
		for _, m := range minutes {
			times = append(times, stamp(begin().Add(time.Duration(m)*time.Minute)))
		}
		return times
	}
	tests := map[string]struct {
		change func(in *api.UpdateScheduleInput)
		want   []string
	}{
		"target":         {func(in *api.UpdateScheduleInput) { in.Target.Input = new("new <aws.scheduler.scheduled-time>") }, []string{"new " + due(1)[0], "new " + due(3)[0]}},
		"description":    {func(in *api.UpdateScheduleInput) { in.Description = new("d") }, due(1, 3)},
		"an earlier end": {func(in *api.UpdateScheduleInput) { in.EndDate = new(begin().Add(150 * time.Second)) }, nil},
		"another rate":   {func(in *api.UpdateScheduleInput) { in.ScheduleExpression = "rate(1 minutes)" }, due(2, 3)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, st, c, r := testenv.Context(t.Context(), ""), kvtest.Open(t), clock.NewFake(begin()), &recorder{make(chan string, 20)}
			s, tasks := offline(st, c, r)
			in := &api.UpdateScheduleInput{
				Name: "a", ScheduleExpression: "rate(2 minutes)", FlexibleTimeWindow: off(), Target: queueTarget(),
				StartDate: new(begin().Add(time.Minute)), EndDate: new(begin().Add(4 * time.Minute)), ActionAfterCompletion: new(api.ActionAfterCompletionDelete),
			}
			if _, err := s.CreateSchedule(ctx, new(api.CreateScheduleInput(*in))); err != nil {
				t.Fatal(err)
			}
			c.Advance(90 * time.Second)
			tt.change(in)
			if _, err := s.UpdateSchedule(ctx, in); err != nil {
				t.Fatal(err)
			}
			c.Advance(10 * time.Minute)
			drain(ctx, t, st, tasks)
			var got []string
			for range len(r.calls) {
				got = append(got, <-r.calls)
			}
			slices.Sort(got)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
