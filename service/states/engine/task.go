package engine

import (
	"crypto/subtle"
	"encoding/hex"
	"strings"
	"time"

	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/flow"
	"maru.dev/maru/service/states/history"
)

// schedule arranges what a Task state asks for.
func (t *Turn) schedule(th *Thread, s *flow.Scope) error {
	res := &s.State.Task.Resource
	th.Task = &Task{}
	if res.Pattern == asl.WaitForTaskToken || res.Kind == asl.Activity || res.Pattern == asl.Sync || res.Pattern == asl.Sync2 {
		nonce, err := hex.DecodeString(strings.ReplaceAll(t.UUID(), "-", ""))
		if err != nil {
			return err
		}
		th.Task.Nonce = nonce
		th.Task.Event = t.State.Next
	}
	if res.Pattern == asl.WaitForTaskToken {
		s.Context = flow.TokenContext(s.Context, t.Token(th))
	}
	args, err := flow.Arguments(t.Ctx, s)
	if err != nil {
		return err
	}
	if f := t.Check(res, args); f != nil {
		return f
	}
	limits, err := flow.TaskTimeouts(t.Ctx, s)
	if err != nil {
		return err
	}
	role, err := flow.Credentials(t.Ctx, s)
	if err != nil {
		return err
	}
	t.tellScheduled(th, s, args, limits, role)
	return t.arrange(th, s, limits)
}

// tellScheduled tells what is asked for.
func (t *Turn) tellScheduled(th *Thread, s *flow.Scope, args any, limits flow.Timeouts, role string) {
	res := &s.State.Task.Resource
	e := history.Event{
		Type: history.TaskScheduled, Resource: res.ARN, Role: role,
		Timeout: int64(limits.Timeout / time.Second), Heartbeat: int64(limits.Heartbeat / time.Second),
	}
	switch res.Kind {
	case asl.LambdaFunction:
		e.Type = history.LambdaFunctionScheduled
	case asl.Activity:
		e.Type = history.ActivityScheduled
	case asl.OptimizedService, asl.SDKService:
		e.ResourceType, e.Resource = ResourceNames(res)
		e.Region = t.Region
	}
	t.tellData(th, e, t.outputOf(th, s, args))
	th.Task.Event = th.Prev
	switch res.Kind {
	case asl.LambdaFunction:
		t.tell(th, history.Event{Type: history.LambdaFunctionStarted})
	case asl.OptimizedService, asl.SDKService:
		t.tell(th, history.Event{Type: history.TaskStarted, Resource: e.Resource, ResourceType: e.ResourceType})
	case asl.Activity:
	}
}

// ResourceNames are a task's resource type and resource as events tell them.
func ResourceNames(res *asl.Resource) (kind, name string) {
	kind, name = res.Service, res.Action
	if res.Kind == asl.SDKService {
		kind = "aws-sdk:" + kind
	}
	if res.Pattern != asl.RequestResponse {
		name += "." + string(res.Pattern)
	}
	return kind, name
}

// arrange puts the task where it is done, with its limits in time.
func (t *Turn) arrange(th *Thread, s *flow.Scope, limits flow.Timeouts) error {
	task := th.Task
	if s.State.Task.Resource.Kind == asl.Activity {
		th.Phase = Pending
		if err := t.Offer(s.State.Task.Resource.ARN, th); err != nil {
			return err
		}
	} else {
		th.Phase = Calling
		task.Call = t.later(Work{Kind: WorkCall, Thread: th.ID, Event: task.Event})
	}
	if limits.Timeout > 0 {
		task.Timeout = t.later(Work{Kind: WorkTimeout, Thread: th.ID, Event: task.Event, At: t.Now.Add(limits.Timeout)})
	}
	task.Beat = limits.Heartbeat
	if task.Beat > 0 && s.State.Task.Resource.Kind != asl.Activity {
		t.beat(th)
	}
	return nil
}

// beat sets the heartbeat's alarm anew.
func (t *Turn) beat(th *Thread) {
	t.cancel(&th.Task.Heartbeat)
	th.Task.Heartbeat = t.later(Work{Kind: WorkHeartbeat, Thread: th.ID, Event: th.Task.Event, At: t.Now.Add(th.Task.Beat)})
}

// tasked finds the thread whose task an event scheduled.
func (t *Turn) tasked(thread, event int64) (*Thread, error) {
	th := t.State.Thread(thread)
	if th == nil || th.Task == nil || th.Task.Event != event || th.Phase != Calling && th.Phase != Pending {
		return nil, ErrStale
	}
	return th, nil
}

// Called goes on with a task whose call has returned. A call that only starts
// something leaves the thread waiting for it.
func (t *Turn) Called(thread, event int64, result any, f *flow.Failure) error {
	th, err := t.tasked(thread, event)
	if err != nil {
		return err
	}
	if th.Phase != Calling {
		return ErrStale
	}
	th.Task.Call = ""
	if f != nil {
		return t.taskFailed(th, f)
	}
	res := &t.All[th.State].Task.Resource
	if res.Pattern == asl.RequestResponse {
		return t.taskSucceeded(th, result)
	}
	kind, name := ResourceNames(res)
	t.tellData(th, history.Event{Type: history.TaskSubmitted, ResourceType: kind, Resource: name}, NewPayload(result))
	th.Phase = Pending
	return t.broken
}

// Holds tells whether a token is the one of the thread's present task.
func (t *Turn) Holds(thread, event int64, nonce []byte) bool {
	th, err := t.tasked(thread, event)
	return err == nil && len(nonce) > 0 && subtle.ConstantTimeCompare(th.Task.Nonce, nonce) == 1
}

// Answered ends a task by what the holder of its token says.
func (t *Turn) Answered(thread, event int64, result any, f *flow.Failure) error {
	th, err := t.tasked(thread, event)
	if err != nil {
		return err
	}
	if f != nil {
		return t.taskFailed(th, f)
	}
	return t.taskSucceeded(th, result)
}

// Beat notes a heartbeat of a task.
func (t *Turn) Beat(thread, event int64) error {
	th, err := t.tasked(thread, event)
	if err != nil {
		return err
	}
	if th.Task.Beat > 0 {
		t.beat(th)
	}
	return t.broken
}

// Taken notes that a worker has taken an activity's task.
func (t *Turn) Taken(thread, event int64, worker string) error {
	th, err := t.tasked(thread, event)
	if err != nil {
		return err
	}
	if th.Task.Started {
		return ErrStale
	}
	th.Task.Started = true
	t.tell(th, history.Event{Type: history.ActivityStarted, Name: worker})
	if th.Task.Beat > 0 {
		t.beat(th)
	}
	return t.broken
}

// taskSucceeded tells a task's result and completes its state.
func (t *Turn) taskSucceeded(th *Thread, result any) error {
	s, err := t.scope(th)
	if err != nil {
		return err
	}
	p := NewPayload(result)
	res := &s.State.Task.Resource
	if len(p.Text) > MaxData {
		kind := res.ARN
		if res.Kind != asl.LambdaFunction && res.Kind != asl.Activity {
			kind, _ = ResourceNames(res)
		}
		return t.taskFailed(th, flow.TooLarge(kind))
	}
	e := history.Event{Type: history.TaskSucceeded}
	switch res.Kind {
	case asl.LambdaFunction:
		e.Type = history.LambdaFunctionSucceeded
	case asl.Activity:
		e.Type = history.ActivitySucceeded
	case asl.OptimizedService, asl.SDKService:
		e.ResourceType, e.Resource = ResourceNames(res)
	}
	t.tellData(th, e, p)
	t.dropTask(th)
	out, err := flow.Complete(t.Ctx, s, result)
	if err != nil {
		t.failed(th, s, err)
	} else {
		if th.Phase == Calling || th.Phase == Pending {
			th.Phase = Again // it is over; leave says where it goes on
		}
		t.leave(th, s, out, p)
	}
	return t.goOnWith(th)
}

// taskFailed tells a task's failure and takes it to the state's handlers.
func (t *Turn) taskFailed(th *Thread, f *flow.Failure) error {
	s, err := t.scope(th)
	if err != nil {
		return err
	}
	timedOut := f.Name == flow.ErrTimeout || f.Name == flow.ErrHeartbeatTimeout
	e := history.Event{Error: nameOf(f), Cause: &f.Cause}
	if f.NoCause {
		e.Cause = nil
	}
	switch res := &s.State.Task.Resource; res.Kind {
	case asl.LambdaFunction:
		e.Type = pick(timedOut, history.LambdaFunctionTimedOut, history.LambdaFunctionFailed)
	case asl.Activity:
		e.Type = pick(timedOut, history.ActivityTimedOut, history.ActivityFailed)
	case asl.OptimizedService, asl.SDKService:
		e.Type = pick(timedOut, history.TaskTimedOut, history.TaskFailed)
		e.ResourceType, e.Resource = ResourceNames(res)
	}
	t.tell(th, e)
	th.Phase = Again
	t.fail(th, s, f)
	return t.goOnWith(th)
}

// pick chooses.
func pick(first bool, a, b history.Type) history.Type {
	if first {
		return a
	}
	return b
}

// TaskExpired ends a task that has taken too long, or whose worker was silent.
func (t *Turn) TaskExpired(thread, event int64, silent bool) error {
	th, err := t.tasked(thread, event)
	if err != nil {
		return err
	}
	name := flow.ErrTimeout
	if silent {
		name = flow.ErrHeartbeatTimeout
		th.Task.Heartbeat = ""
	} else {
		th.Task.Timeout = ""
	}
	return t.taskFailed(th, &flow.Failure{Name: name, NoCause: true})
}

// Parameters returns what a task was scheduled with, and by which state.
func (t *Turn) Parameters(thread, event int64) (*asl.State, *Payload, error) {
	th, err := t.tasked(thread, event)
	if err != nil {
		return nil, nil, err
	}
	p, err := t.payload(event)
	return t.All[th.State], p, err
}
