package states

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"testing"
	"time"

	lambdaapi "maru.dev/maru/api/lambda"
	api "maru.dev/maru/api/states"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service"
	"maru.dev/maru/service/states/history"
	"maru.dev/maru/service/states/standard"
	"maru.dev/maru/task"
	"maru.dev/maru/wire"
)

// begin is when the tests' clocks begin.
func begin() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// open lets everybody do everything.
type openDoor struct{}

// Authorize allows.
func (openDoor) Authorize(context.Context, call.Info, *wire.Service, *wire.Operation, any) error {
	return nil
}

// offline is the service over a store, with functions beside it and without a server.
func offline(st *kv.Store, c clock.Clock) (*Service, *task.Queue) {
	d := service.Deps{Store: st, Clock: c, IDs: ids.New(rand.Reader), Log: slog.New(slog.DiscardHandler)}
	door := call.NewDoor(call.DoorOptions{Authorizer: openDoor{}, Clock: c, IDs: d.IDs, Log: d.Log})
	d.Caller = door
	d.Tasks = task.New(task.Options{Store: st, Clock: c, IDs: d.IDs, Log: d.Log, Caller: door})
	s := New(d)
	door.Add(api.Model, s)
	door.Add(lambdaapi.Model, &functions{calls: make(map[string]int)})
	return s, d.Tasks
}

func TestEachChangeSurvivesACrashWhole(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(t.Context(), "")
	home := "arn:aws:states:us-east-1:000000000000:"
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		c := clock.NewFake(begin())
		s, _ := offline(st, c)
		h.Did(s.CreateStateMachine(ctx, &api.CreateStateMachineInput{Name: "m", RoleArn: testRole, Definition: chain(1, `"Type":"Pass"`), Publish: new(true)}))
		m := home + "stateMachine:m"
		h.Did(s.UpdateStateMachine(ctx, &api.UpdateStateMachineInput{StateMachineArn: m, Definition: new(chain(2, `"Type":"Wait","Seconds":100`))}))
		h.Did(s.PublishStateMachineVersion(ctx, &api.PublishStateMachineVersionInput{StateMachineArn: m}))
		h.Did(s.CreateStateMachineAlias(ctx, &api.CreateStateMachineAliasInput{Name: "a", RoutingConfiguration: []api.RoutingConfigurationListItem{{StateMachineVersionArn: m + ":1", Weight: 100}}}))
		h.Did(s.UpdateStateMachineAlias(ctx, &api.UpdateStateMachineAliasInput{StateMachineAliasArn: m + ":a", Description: new("d")}))
		h.Did(s.StartExecution(ctx, &api.StartExecutionInput{StateMachineArn: m + ":a", Name: new("one")}))
		h.Did(s.StartExecution(ctx, &api.StartExecutionInput{StateMachineArn: m, Name: new("two")}))
		h.Did(s.StopExecution(ctx, &api.StopExecutionInput{ExecutionArn: home + "execution:m:two"}))
		h.Did(s.RedriveExecution(ctx, &api.RedriveExecutionInput{ExecutionArn: home + "execution:m:two"}))
		h.Did(s.DeleteStateMachineAlias(ctx, &api.DeleteStateMachineAliasInput{StateMachineAliasArn: m + ":a"}))
		h.Did(s.DeleteStateMachineVersion(ctx, &api.DeleteStateMachineVersionInput{StateMachineVersionArn: m + ":1"}))
		h.Did(s.TagResource(ctx, &api.TagResourceInput{ResourceArn: m, Tags: []api.Tag{{Key: new("k"), Value: new("v")}}}))
		h.Did(s.UntagResource(ctx, &api.UntagResourceInput{ResourceArn: m, TagKeys: []string{"k"}}))
		h.Did(s.DeleteStateMachine(ctx, &api.DeleteStateMachineInput{StateMachineArn: m}))
	})
}

func TestEachAnswerSurvivesACrashWhole(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(t.Context(), "")
	home := "arn:aws:states:us-east-1:000000000000:"
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		s, _ := offline(st, clock.NewFake(begin()))
		h.Did(s.CreateActivity(ctx, &api.CreateActivityInput{Name: "act"}))
		h.Did(s.CreateStateMachine(ctx, &api.CreateStateMachineInput{Name: "m", RoleArn: testRole, Definition: chain(2, `"Type":"Task","HeartbeatSeconds":60,"Resource":"`+home+`activity:act"`)}))
		h.Did(s.CreateStateMachine(ctx, &api.CreateStateMachineInput{Name: "d", RoleArn: testRole, Definition: distributed("STANDARD", "", chain(1, `"Type":"Pass"`)[1:len(chain(1, `"Type":"Pass"`))-1])}))
		h.Did(s.StartExecution(ctx, &api.StartExecutionInput{StateMachineArn: home + "stateMachine:m", Name: new("x")}))
		take := func() *string {
			out, err := s.GetActivityTask(ctx, &api.GetActivityTaskInput{ActivityArn: home + "activity:act"})
			h.Did(out, err)
			return out.TaskToken
		}
		token := take()
		h.Did(s.SendTaskHeartbeat(ctx, &api.SendTaskHeartbeatInput{TaskToken: *token}))
		h.Did(s.SendTaskSuccess(ctx, &api.SendTaskSuccessInput{TaskToken: *token, Output: "1"}))
		token = take()
		h.Did(s.SendTaskFailure(ctx, &api.SendTaskFailureInput{TaskToken: *token, Error: new("E")}))
		h.Did(s.StartExecution(ctx, &api.StartExecutionInput{StateMachineArn: home + "stateMachine:d", Name: new("x"), Input: new("[1]")}))
		runs, err := s.ListMapRuns(ctx, &api.ListMapRunsInput{ExecutionArn: home + "execution:d:x"})
		if err != nil {
			t.Fatal(err)
		}
		h.Did(s.UpdateMapRun(ctx, &api.UpdateMapRunInput{MapRunArn: runs.MapRuns[0].MapRunArn, MaxConcurrency: new(int32(2))}))
		h.Did(s.DeleteActivity(ctx, &api.DeleteActivityInput{ActivityArn: home + "activity:act"}))
	})
}

// everything is a workflow of all that can be under way when the power goes.
const everything = `{"StartAt":"Wait","States":{
	"Wait":{"Type":"Wait","Seconds":5,"Next":"Retry"},
	"Retry":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:000000000000:function:flaky-1-%s","Retry":[{"ErrorEquals":["Flaky"],"IntervalSeconds":2}],"Next":"Map"},
	"Map":{"Type":"Map","ItemsPath":"$.l","MaxConcurrency":2,"ItemProcessor":{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:000000000000:function:echo","Next":"W"},"W":{"Type":"Wait","Seconds":1,"End":true}}},"ResultPath":"$.m","Next":"Child"},
	"Child":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2","Parameters":{"StateMachineArn":"arn:aws:states:us-east-1:000000000000:stateMachine:child"},"ResultSelector":{"o.$":"$.Output"},"ResultPath":"$.c","Next":"Runs"},
	"Runs":{"Type":"Map","ItemsPath":"$.l","Label":"runs","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}},"End":true}}}`

// After any crash every execution that was acknowledged ends well, and its
// history is one that AWS could have written.
func TestExecutionsSurviveACrash(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	t.Parallel()
	home := "arn:aws:states:us-east-1:000000000000:"
	ctx := testenv.Context(t.Context(), "")
	// run has the queue work until done holds, as time goes by.
	run := func(q *task.Queue, c *clock.Fake, done func() bool) {
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- q.Run(ctx) }()
		for limit := 0; !done(); limit++ {
			if limit > 20_000 {
				t.Error("executions do not end")
				break
			}
			c.Advance(50 * time.Millisecond)
			time.Sleep(200 * time.Microsecond)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	over := func(s *Service, names []string) func() bool {
		return func() bool {
			for _, name := range names {
				d, err := s.DescribeExecution(ctx, &api.DescribeExecutionInput{ExecutionArn: home + "execution:m:" + name})
				if err != nil {
					t.Fatal(err)
				}
				if d.Status == "RUNNING" {
					return false
				}
			}
			return true
		}
	}
	names := []string{"a", "b"}
	work := func(st *kv.Store, ack func()) {
		c := clock.NewFake(begin())
		s, q := offline(st, c)
		if _, err := s.CreateStateMachine(ctx, &api.CreateStateMachineInput{Name: "child", RoleArn: testRole, Definition: chain(1, `"Type":"Wait","Seconds":2`)}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.CreateStateMachine(ctx, &api.CreateStateMachineInput{Name: "m", RoleArn: testRole, Definition: fmt.Sprintf(everything, "x")}); err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if _, err := s.StartExecution(ctx, &api.StartExecutionInput{StateMachineArn: home + "stateMachine:m", Name: &name, Input: new(`{"l":[1,2,3]}`)}); err != nil {
				t.Fatal(err)
			}
			ack()
		}
		run(q, c, over(s, names))
	}
	cuts := 0
	check := func(st *kv.Store, acked int) {
		if cuts++; cuts%3 != 0 { // a sample: each takes a while
			return
		}
		c := clock.NewFake(begin().Add(time.Hour))
		s, q := offline(st, c)
		run(q, c, over(s, names[:acked]))
		for _, name := range names[:acked] {
			checkSurvivor(ctx, t, st, s, home+"execution:m:"+name)
		}
	}
	kvtest.Crash(t, work, check)
}

// checkSurvivor sees that an execution has ended well, with a sound history.
func checkSurvivor(ctx context.Context, t *testing.T, st *kv.Store, s *Service, arn string) {
	t.Helper()
	d, err := s.DescribeExecution(ctx, &api.DescribeExecutionInput{ExecutionArn: arn})
	if err != nil {
		t.Fatal(err)
	}
	if d.Status != "SUCCEEDED" || *d.Output != "[1,2,3]" {
		t.Errorf("%s %v %v", d.Status, d.Error, d.Cause)
	}
	var events []history.Event
	err = st.View(ctx, func(tx *kv.Tx) error {
		k, _ := standard.ParseARN(arn)
		events, err = standard.Events(tx, k, 1, false, 10_000)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	shown := history.Shown{}
	var list []api.HistoryEvent
	counts := make(map[string]int)
	for i := range events {
		e, err := shown.API(&events[i])
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
		counts[e.Type]++
	}
	checkEvents(t, fmt.Appendf(nil, everything, "x"), list)
	for kind, want := range map[string]int{
		"WaitStateEntered": 4, "WaitStateExited": 4, "MapIterationStarted": 3, "MapIterationSucceeded": 3, "TaskSubmitted": 1, "TaskSucceeded": 1,
		"MapRunStarted": 1, "MapRunSucceeded": 1, "ExecutionSucceeded": 1, "TaskStateExited": 5,
	} {
		if counts[kind] != want {
			t.Errorf("%d %s, want %d", counts[kind], kind, want)
		}
	}
	if n := counts["LambdaFunctionScheduled"]; n != counts["LambdaFunctionSucceeded"]+counts["LambdaFunctionFailed"] || n > 6 { // a function that fails once fails again for another process
		t.Errorf("functions: %v", counts)
	}
}
