package engine

import (
	"fmt"

	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/flow"
	"maru.dev/maru/service/states/history"
	"maru.dev/maru/wire"
)

// fail takes a failure of a thread's state to its Retry, its Catch, or the
// thread's parent.
func (t *Turn) fail(th *Thread, s *flow.Scope, f *flow.Failure) {
	if f.Location != "" {
		t.tell(th, history.Event{Type: history.EvaluationFailed, Name: th.State, Error: &f.Name, Cause: &f.Cause, Location: f.Location})
	}
	t.dropTask(th)
	if again, ok := flow.Retry(s, f, th.Counts); ok {
		t.dropChildren(th)
		t.retry(th, again)
		return
	}
	out, _, err := flow.Catch(t.Ctx, s, f)
	if err != nil {
		own, ok := err.(*flow.Failure) //nolint:errorlint // flow returns it as it is
		if !ok {
			t.broken = err
			return
		}
		f, out = own, nil
		if f.Location != "" {
			t.tell(th, history.Event{Type: history.EvaluationFailed, Name: th.State, Error: &f.Name, Cause: &f.Cause, Location: f.Location})
		}
	}
	switch {
	case out != nil:
		t.dropChildren(th)
		t.tellFanFailed(th, s)
		t.leave(th, s, out)
	default:
		t.tellFanFailed(th, s)
		t.fall(th, f)
	}
}

// tellFanFailed tells that a Parallel or Map state whose branches had begun fails.
func (t *Turn) tellFanFailed(th *Thread, s *flow.Scope) {
	if th.Fan == nil && th.Run == "" {
		return
	}
	switch s.State.Type { //nolint:exhaustive // the others have no branches
	case asl.TypeParallel:
		t.tell(th, history.Event{Type: history.ParallelStateFailed})
	case asl.TypeMap:
		t.tell(th, history.Event{Type: history.MapStateFailed})
	}
}

// retry arranges the next attempt.
func (t *Turn) retry(th *Thread, again flow.Retrial) {
	for len(th.Counts) <= again.Index {
		th.Counts = append(th.Counts, 0)
	}
	th.Counts[again.Index]++
	th.Tries++
	th.Fan, th.Run = nil, ""
	if again.Delay <= 0 {
		th.Phase = Again
		t.ready = append(t.ready, th)
		return
	}
	th.Phase = Retrying
	th.Timer = t.later(Work{Kind: WorkRetry, Thread: th.ID, Event: th.Prev, At: t.Now.Add(again.Delay)})
}

// fall ends a thread with a failure that nothing in its state took.
func (t *Turn) fall(th *Thread, f *flow.Failure) {
	th.Phase = Failed
	parent := t.State.Thread(th.Parent)
	if parent == nil {
		t.releaseAll()
		t.end(FailedStatus, nameOf(f), t.causeOf(th, f), th.Prev)
		return
	}
	ps, err := t.scope(parent)
	if err != nil {
		t.broken = err
		return
	}
	inMap := ps.State.Type == asl.TypeMap
	if inMap {
		t.tell(th, history.Event{Type: history.MapIterationFailed, Name: parent.State, Number: int64(th.Index)})
	}
	t.abortSiblings(parent, th, inMap)
	parent.Prev = th.Prev
	// What the branch failed with is a failure as such from here on: where it was
	// evaluated has been told.
	f = &flow.Failure{Name: f.Name, Cause: wire.Value(t.causeOf(th, f)), NoCause: f.NoCause}
	t.fail(parent, ps, f)
}

// abortSiblings stops the other branches of a Parallel or Map state.
func (t *Turn) abortSiblings(parent, failed *Thread, inMap bool) {
	for _, c := range t.State.children(parent) {
		if c == failed || c.Phase == Failed || c.Phase == Aborted {
			continue
		}
		t.abort(c)
		if inMap {
			t.tell(c, history.Event{Type: history.MapIterationAborted, Name: parent.State, Number: int64(c.Index)})
		}
	}
}

// abort stops a thread and those below it. They stay, for a redrive, until
// their parent goes on.
func (t *Turn) abort(th *Thread) {
	for _, c := range t.State.children(th) {
		if c.Phase != Failed && c.Phase != Aborted {
			t.abort(c)
		}
	}
	if th.Phase != Ready {
		t.tellAborted(th)
	}
	t.dropTask(th)
	th.Phase = Aborted
}

// tellAborted tells that the state a thread is in was stopped, of the types that
// have an event for it.
func (t *Turn) tellAborted(th *Thread) {
	switch t.All[th.State].Type { //nolint:exhaustive // the others do not wait
	case asl.TypeTask:
		t.tell(th, history.Event{Type: history.TaskStateAborted})
	case asl.TypeWait:
		t.tell(th, history.Event{Type: history.WaitStateAborted})
	case asl.TypeParallel:
		t.tell(th, history.Event{Type: history.ParallelStateAborted})
	case asl.TypeMap:
		t.tell(th, history.Event{Type: history.MapStateAborted})
	}
}

// dropChildren forgets the branches of a state that goes on.
func (t *Turn) dropChildren(th *Thread) {
	for _, c := range t.State.children(th) {
		t.dropChildren(c)
		t.dropTask(c)
		t.State.remove(c)
	}
}

// dropTask takes back whatever a thread waits for.
func (t *Turn) dropTask(th *Thread) {
	t.cancel(&th.Timer)
	if th.Task != nil {
		t.cancel(&th.Task.Call)
		t.cancel(&th.Task.Timeout)
		t.cancel(&th.Task.Heartbeat)
		th.Task = nil
	}
	if th.Run != "" && th.Phase == Mapping {
		if err := t.StopMapRun(th.Run); err != nil && t.broken == nil {
			t.broken = err
		}
	}
}

// releaseAll takes back all that an execution waits for, when it ends. Threads
// stay for a redrive.
func (t *Turn) releaseAll() {
	for _, th := range t.State.Threads {
		t.dropTask(th)
		if th.Phase != Failed && th.Phase != Spread {
			th.Phase = Aborted
		}
	}
}

// nameOf is a failure's name as events have it.
func nameOf(f *flow.Failure) *string {
	if f.Name == "" {
		return nil
	}
	return &f.Name
}

// causeOf is a failure's cause as ExecutionFailed tells it.
func (t *Turn) causeOf(th *Thread, f *flow.Failure) *string {
	if f.NoCause {
		return nil
	}
	if !f.Evaluated || th.Entered == 0 {
		return &f.Cause
	}
	return new(fmt.Sprintf("An error occurred while executing the state '%s' (entered at the event id #%d). %s", th.State, th.Entered, f.Cause))
}
