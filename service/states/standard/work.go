package standard

import (
	"context"
	"errors"
	"fmt"
	"time"

	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/flow"
	"maru.dev/maru/service/states/integrate"
	"maru.dev/maru/service/states/machine"
	"maru.dev/maru/task"
)

// workKind is the kind of tasks that continue an execution.
const workKind = "states.work"

// runWork does one piece of work and takes the turn that it is the cause of.
func (r *Runner) runWork(ctx context.Context, run *task.Run) error {
	var w work
	if err := run.Decode(&w); err != nil {
		return task.Dead(err)
	}
	k := Key{machine.Home{Account: run.Account, Region: run.Region}, w.Scope, w.Name}
	if w.Kind == engine.WorkCall {
		return r.call(ctx, run, k, &w)
	}
	return r.continued(ctx, run, k, func(t *engine.Turn) error {
		return t.Due(engine.Work{Kind: w.Kind, Thread: w.Thread, Event: w.Event})
	})
}

// continued takes a turn and ends the task that is its cause, both or neither.
// A cause that nobody waits for any more just ends.
func (r *Runner) continued(ctx context.Context, run *task.Run, k Key, how func(t *engine.Turn) error) error {
	var remember func()
	stale := false
	err := r.update(context.WithoutCancel(ctx), k, func(tx *kv.Tx) error {
		remember, stale = nil, false
		x, ok, err := Load(tx, k)
		if err != nil {
			return err
		}
		if !ok || x.Status != engine.Running {
			stale = true
			return nil
		}
		remember, err = r.turn(ctx, tx, x, how)
		if errors.Is(err, engine.ErrStale) {
			stale = true
			return nil
		}
		if err != nil {
			return err
		}
		return run.Done(tx)
	})
	if err != nil || stale {
		return err // without an error, the queue removes the task itself
	}
	remember()
	return nil
}

// errSettled says that a task's call is not needed any more.
var errSettled = errors.New("standard: the task is settled")

// call calls the service of a task, and goes on with what it returns.
func (r *Runner) call(ctx context.Context, run *task.Run, k Key, w *work) error {
	x, req, role, err := r.request(ctx, k, w)
	if errors.Is(err, errSettled) {
		return nil
	}
	if err != nil {
		return err
	}
	result, err := r.integrations.Call(r.asMachine(ctx, x, role, w), req)
	var f *flow.Failure
	if err != nil {
		if f = failureOf(err); f == nil {
			return err // the queue makes it again
		}
	}
	return r.continued(ctx, run, k, func(t *engine.Turn) error {
		return t.Called(w.Thread, w.Event, result, f)
	})
}

// failureOf is the failure that an error of a call is; nil for one that says
// nothing of the task.
func failureOf(err error) *flow.Failure {
	f, ok := errors.AsType[*flow.Failure](err)
	if !ok {
		return nil
	}
	return f
}

// request reads what a scheduled task asks for.
func (r *Runner) request(ctx context.Context, k Key, w *work) (x *Execution, req integrate.Request, role string, err error) {
	err = r.deps.Store.View(ctx, func(tx *kv.Tx) error {
		var ok bool
		if x, ok, err = Load(tx, k); err != nil || !ok {
			return errors.Join(err, settled(!ok))
		}
		th := x.State.Thread(w.Thread)
		if x.Status != engine.Running || th == nil || th.Phase != engine.Calling || th.Task == nil || th.Task.Event != w.Event {
			return errSettled
		}
		p, err := r.Shelf.Get(tx, k.Home, k.Machine(), x.Revision)
		if err != nil {
			return err
		}
		args, err := r.dataOf(tx, x, w.Event)
		if err != nil {
			return err
		}
		role = x.Role
		state := p.Tree.All[th.State]
		if state.Task.Credentials != nil {
			e, err := event(tx, k, w.Event)
			if err != nil {
				return err
			}
			if e.Role != "" {
				role = e.Role
			}
		}
		res := &state.Task.Resource
		req = integrate.Request{Resource: res, Args: args.Value, Execution: k.ARN(), Machine: x.MachineARN(), Role: role}
		if res.Pattern == asl.Sync || res.Pattern == asl.Sync2 {
			req.Token = tokenOf(k, th).String()
		}
		return nil
	})
	return x, req, role, err
}

// settled is errSettled if there is nothing to call for.
func settled(gone bool) error {
	if gone {
		return errSettled
	}
	return nil
}

// asMachine is the context in which an execution calls services: in its state
// machine's role.
func (r *Runner) asMachine(ctx context.Context, x *Execution, role string, w *work) context.Context {
	return AsRole(ctx, r.deps.Endpoint, role, x.Key, r.traceOf(x, w.Event), fmt.Sprintf("%s#%d", x.Key.ARN(), w.Event))
}

// AsRole is the context in which an execution calls in a role.
func AsRole(ctx context.Context, endpoint, role string, k Key, trace, once string) context.Context {
	account := k.Account
	principal, ok := call.AssumedRole(role, k.Name)
	if ok {
		account = principal.Account
	} else {
		principal = call.Principal{Kind: call.Service, Service: "states.amazonaws.com", SourceARN: k.ARN()}
	}
	return call.With(ctx, call.Info{
		Account: account, Region: k.Region, Partition: "aws", Principal: principal, TraceID: trace, Endpoint: endpoint,
		Once: once, UserAgent: "states.amazonaws.com", SourceIP: "states.amazonaws.com",
	})
}

// workDied ends a task whose call cannot be made: not for the task's fault.
func (r *Runner) workDied(tx *kv.Tx, run *task.Run, reason error) error {
	var w work
	if err := run.Decode(&w); err != nil || w.Kind != engine.WorkCall {
		return nil //nolint:nilerr // what cannot be read cannot be ended
	}
	k := Key{machine.Home{Account: run.Account, Region: run.Region}, w.Scope, w.Name}
	x, ok, err := Load(tx, k)
	if err != nil || !ok || x.Status != engine.Running {
		return err
	}
	_, err = r.turn(context.Background(), tx, x, func(t *engine.Turn) error {
		return t.Called(w.Thread, w.Event, nil, &flow.Failure{Name: flow.ErrTaskFailed, Cause: reason.Error()})
	})
	if errors.Is(err, engine.ErrStale) {
		return nil
	}
	return err
}

// answerKind is the kind of tasks that tell a parent of its child's end.
const answerKind = "states.answer"

// answer is the body of such a task.
type answer struct {
	Token                        string
	Account, Region, Scope, Name string
}

// runAnswer gives a task that awaits a nested execution its result.
func (r *Runner) runAnswer(ctx context.Context, run *task.Run) error {
	var a answer
	if err := run.Decode(&a); err != nil {
		return task.Dead(err)
	}
	token, ok := ParseToken(a.Token)
	if !ok {
		return nil
	}
	child := Key{machine.Home{Account: a.Account, Region: a.Region}, a.Scope, a.Name}
	parent := token.Key()
	early := false
	err := r.continued(ctx, run, parent, func(t *engine.Turn) error {
		early = false
		th := t.State.Thread(token.Thread)
		if !t.Holds(token.Thread, token.Event, token.Nonce) {
			return engine.ErrStale
		}
		if th.Phase == engine.Calling { // the start is still to be noted
			early = true
			return errEarly
		}
		result, f, err := r.childResult(t.Host.(*visit).tx, child, t.All[th.State].Task.Resource.Pattern)
		if err != nil {
			return err
		}
		return t.Answered(token.Thread, token.Event, result, f)
	})
	if early {
		return task.Again(r.deps.Clock.Now().Add(20 * time.Millisecond))
	}
	return err
}

// errEarly says that an answer came before what it answers was noted.
var errEarly = errors.New("standard: an early answer")
