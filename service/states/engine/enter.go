package engine

import (
	"errors"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/flow"
	"maru.dev/maru/service/states/history"
)

// boundaries are the events with which a state of a type is entered and left. A
// Fail state is not left.
func boundaries(of asl.Type) (entered, exited history.Type) {
	switch of {
	case asl.TypePass:
		return history.PassStateEntered, history.PassStateExited
	case asl.TypeChoice:
		return history.ChoiceStateEntered, history.ChoiceStateExited
	case asl.TypeWait:
		return history.WaitStateEntered, history.WaitStateExited
	case asl.TypeSucceed:
		return history.SucceedStateEntered, history.SucceedStateExited
	case asl.TypeFail:
		return history.FailStateEntered, 0
	case asl.TypeTask:
		return history.TaskStateEntered, history.TaskStateExited
	case asl.TypeParallel:
		return history.ParallelStateEntered, history.ParallelStateExited
	case asl.TypeMap:
		return history.MapStateEntered, history.MapStateExited
	}
	return 0, 0
}

// enter takes a thread into its state.
func (t *Turn) enter(th *Thread) {
	input, err := t.payload(th.Input)
	if err != nil {
		t.broken = err
		return
	}
	th.Counts, th.Tries, th.EnteredAt = nil, 0, t.Stamp()
	kind, _ := boundaries(t.All[th.State].Type)
	th.Entered = t.tellData(th, history.Event{Type: kind, Name: th.State}, input)
	t.try(th)
}

// try runs a thread's state, which was entered: as far as it goes.
func (t *Turn) try(th *Thread) {
	s, err := t.scope(th)
	if err != nil {
		t.broken = err
		return
	}
	var out *flow.Outcome
	switch s.State.Type {
	case asl.TypePass:
		out, err = flow.Pass(t.Ctx, s)
	case asl.TypeChoice:
		out, err = flow.Choose(t.Ctx, s)
	case asl.TypeSucceed:
		out, err = flow.Succeed(t.Ctx, s)
	case asl.TypeFail:
		var f *flow.Failure
		if f, err = flow.Fail(t.Ctx, s); err == nil {
			err = f
		}
	case asl.TypeWait:
		err = t.wait(th, s)
	case asl.TypeTask:
		err = t.schedule(th, s)
	case asl.TypeParallel:
		err = t.parallel(th, s)
	case asl.TypeMap:
		err = t.mapped(th, s)
	}
	switch {
	case err != nil:
		t.failed(th, s, err)
	case out != nil:
		t.leave(th, s, out)
	}
}

// failed sorts an error: the workflow's own goes through its handlers, any other
// breaks the turn.
func (t *Turn) failed(th *Thread, s *flow.Scope, err error) {
	f, ok := errors.AsType[*flow.Failure](err)
	if !ok {
		t.broken = err
		return
	}
	t.fail(th, s, f)
}

// leave takes a thread out of its state, with its outcome. The output may be
// what an event holds already: the input, or one of known.
func (t *Turn) leave(th *Thread, s *flow.Scope, out *flow.Outcome, known ...*Payload) {
	output := t.outputOf(th, s, out.Output, known...)
	if len(output.Text) > MaxData {
		t.fail(th, s, flow.TooLarge(th.State))
		return
	}
	t.exit(th, s, out, output)
}

// exit tells that a thread's state has ended with an output, and goes on.
func (t *Turn) exit(th *Thread, s *flow.Scope, out *flow.Outcome, output *Payload) {
	_, kind := boundaries(s.State.Type)
	e := history.Event{Type: kind, Name: th.State}
	if out.Assigned != nil && out.Assigned.Len() > 0 {
		e.Assigned = string(value.Text(out.Assigned))
	}
	if e.Type == 0 {
		t.broken = errors.New("engine: a Fail state has an outcome")
		return
	}
	exited := t.tellExit(th, e, output)
	if e.Assigned != "" {
		t.assign(th, exited, out.Assigned)
	}
	th.Task, th.Fan, th.Timer, th.Run = nil, nil, "", ""
	if !out.End && out.Next != "" {
		th.State, th.Input, th.Phase, th.Entered = out.Next, output.Event, Ready, 0
		if len(t.ready) == 0 || t.ready[0] != th {
			t.ready = append(t.ready, th)
		}
		return
	}
	t.finish(th, output)
}

// outputOf returns the payload of a value: one that an event holds already where
// that is the value.
func (t *Turn) outputOf(th *Thread, s *flow.Scope, v any, known ...*Payload) *Payload {
	for _, p := range known {
		if same(v, p.Value) {
			return p
		}
	}
	if same(v, s.Input) {
		if p, err := t.payload(th.Input); err == nil {
			return p
		}
	}
	return NewPayload(v)
}

// same tells at no cost whether two values are one; not seeing it is no harm.
func same(a, b any) bool {
	switch x := a.(type) {
	case *value.Object:
		y, ok := b.(*value.Object)
		return ok && x == y
	case []any:
		y, ok := b.([]any)
		return ok && len(x) == len(y) && (len(x) == 0 || &x[0] == &y[0])
	}
	return false
}

// tellExit tells a state's end.
func (t *Turn) tellExit(th *Thread, e history.Event, output *Payload) int64 {
	t.tellData(th, e, output)
	return th.Prev
}

// assign gives variables of the thread's scope the values that an event has.
func (t *Turn) assign(th *Thread, event int64, set *value.Object) {
	if t.assigned == nil {
		t.assigned = make(map[int64]*value.Object, 2)
	}
	t.assigned[event] = set
	vars := make([]Variable, 0, len(th.Vars)+set.Len())
	for _, v := range th.Vars {
		if _, again := set.Get(v.Name); !again {
			vars = append(vars, v)
		}
	}
	for name := range set.All() {
		vars = append(vars, Variable{Name: name, Event: event})
	}
	th.Vars = vars
}

// finish ends a thread whose last state has put out its output.
func (t *Turn) finish(th *Thread, output *Payload) {
	if th.Parent != 0 {
		t.join(th, output)
		return
	}
	t.State.remove(th)
	t.Output = output
	t.Status = Succeeded
	t.cancel(&t.State.Timer)
	t.tellData(th, history.Event{Type: history.ExecutionSucceeded}, output)
}

// end ends the execution badly.
func (t *Turn) end(status Status, name, cause *string, prev int64) {
	t.Status, t.Error, t.Cause = status, name, cause
	t.cancel(&t.State.Timer)
	e := history.Event{Prev: prev, Error: name, Cause: cause}
	switch status {
	case FailedStatus:
		e.Type = history.ExecutionFailed
	case TimedOut:
		e.Type = history.ExecutionTimedOut
	case AbortedStatus:
		e.Type = history.ExecutionAborted
	case Running, Succeeded:
		t.broken = errors.New("engine: a bad end that is none")
		return
	}
	t.emit(&e)
}

// cancel takes work back and forgets it.
func (t *Turn) cancel(work *string) {
	if *work == "" {
		return
	}
	if err := t.Cancel(*work); err != nil && t.broken == nil {
		t.broken = err
	}
	*work = ""
}

// later arranges work.
func (t *Turn) later(w Work) string {
	work, err := t.Later(w)
	if err != nil && t.broken == nil {
		t.broken = err
	}
	return work
}

// wait starts a Wait state.
func (t *Turn) wait(th *Thread, s *flow.Scope) error {
	until, err := flow.WaitUntil(t.Ctx, s)
	if err != nil {
		return err
	}
	if !until.After(t.Now) {
		out, err := flow.Waited(t.Ctx, s)
		if err != nil {
			return err
		}
		t.leave(th, s, out)
		return nil
	}
	th.Phase = Waiting
	th.Timer = t.later(Work{
		Kind: WorkWait, Thread: th.ID, Event: th.Entered, At: until, Dated: s.State.Wait.Timestamp != nil,
	})
	return nil
}

// Waited ends the wait that an event began.
func (t *Turn) Waited(thread, entered int64) error {
	th := t.State.Thread(thread)
	if th == nil || th.Phase != Waiting || th.Entered != entered {
		return ErrStale
	}
	th.Timer = ""
	s, err := t.scope(th)
	if err != nil {
		return err
	}
	out, err := flow.Waited(t.Ctx, s)
	if err != nil {
		t.failed(th, s, err)
	} else {
		t.leave(th, s, out)
	}
	return t.goOnWith(th)
}

// Retried makes the next attempt of a thread whose delay is over.
func (t *Turn) Retried(thread, event int64) error {
	th := t.State.Thread(thread)
	if th == nil || th.Phase != Retrying || th.Prev != event {
		return ErrStale
	}
	th.Timer, th.Phase = "", Again
	return t.goOnWith(th)
}

// goOnWith runs a thread, and whoever has become ready beside it.
func (t *Turn) goOnWith(th *Thread) error {
	if t.broken != nil {
		return t.broken
	}
	t.ready = append(t.ready, th)
	return t.run()
}

// Expire ends an execution that has taken too long.
func (t *Turn) Expire() error {
	t.State.Timer = ""
	prev := int64(0)
	if len(t.State.Threads) > 0 {
		prev = t.State.Threads[0].Prev
	}
	t.releaseAll()
	t.end(TimedOut, nil, nil, prev)
	return t.broken
}

// Stop ends an execution that is not wanted any more.
func (t *Turn) Stop(name, cause *string) error {
	t.releaseAll()
	t.end(AbortedStatus, name, cause, 0)
	return t.broken
}
