package task

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// errStopping is the cause of a handler's context when the queue stops.
var errStopping = errors.New("task: the queue stops")

// maxErr is how much of a failure's text is stored.
const maxErr = 1 << 10

// execute runs a claimed task and records what came of it. It returns when the
// task is to be looked at again; the zero time is never.
func (q *Queue) execute(ctx context.Context, run *Run) time.Time {
	q.running.Add(1)
	defer q.running.Add(-1)
	info := call.From(ctx)
	info.Account, info.Region, info.Partition, info.TraceID = run.Account, run.Region, "aws", run.TraceID
	err := errors.New(run.state.Dead)
	if run.state.Dead != "" {
		err = Dead(err)
	} else {
		err = q.handle(call.With(ctx, info), run)
	}
	// What happened is recorded even though the queue is stopping.
	stopping := errors.Is(context.Cause(ctx), errStopping)
	next, err := q.conclude(context.WithoutCancel(ctx), run, err, stopping)
	switch {
	case err == nil:
		return next
	case errors.Is(err, ErrLost):
		return time.Time{} // whoever has the task now looks after it
	}
	q.log.Error("record outcome of task", "kind", run.Kind, "owner", run.Owner, "id", run.ID, "err", err)
	return time.Unix(0, run.until.Load()).UTC() // it stays leased till then
}

// handle calls the task's handler. A handler that panics has failed.
func (q *Queue) handle(ctx context.Context, run *Run) (err error) {
	defer func() {
		if p := recover(); p != nil {
			q.log.Error("task panicked", "kind", run.Kind, "id", run.ID, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return q.handlers[run.Kind].run(ctx, run)
}

// conclude writes the result of a run and returns when the task is due next.
// A failure while the queue stops is none.
func (q *Queue) conclude(ctx context.Context, run *Run, result error, stopping bool) (time.Time, error) {
	if result == nil {
		return time.Time{}, q.succeed(ctx, run)
	}
	o := run.judge(result, stopping)
	if o.dead != nil {
		return q.bury(ctx, run, o.dead)
	}
	if o.fault != nil {
		q.log.Debug("task failed", "kind", run.Kind, "owner", run.Owner, "id", run.ID, "attempt", run.Attempt, "retry", o.retry, "err", o.fault)
	}
	next := run.state
	next.Lease = lease{}
	switch {
	case !o.again.IsZero():
		next.Attempt, next.LastErr, next.Due, next.FirstDue = 0, "", o.again, o.again
	case o.free:
		next.Attempt--
	default:
		next.Due, next.LastErr = o.retry, shorten(o.fault.Error())
	}
	err := q.store.Update(ctx, func(tx *kv.Tx) error {
		if _, err := run.held(tx); err != nil {
			return err
		}
		return move(tx, run, next)
	})
	return next.Due, err
}

// move writes a task's next state and its new place in the indexes.
func move(tx *kv.Tx, run *Run, next state) error {
	if !next.Due.Equal(run.state.Due) {
		if err := unindex(tx, run.ID, run.rec, run.state.Due); err != nil {
			return err
		}
		if err := index(tx, run.ID, run.rec, next.Due); err != nil {
			return err
		}
	}
	return kv.Put(tx, stateKey(run.ID), next)
}

// succeed removes a task that its handler has not removed itself by Done.
func (q *Queue) succeed(ctx context.Context, run *Run) error {
	if run.done.Load() {
		var gone bool
		err := q.store.View(ctx, func(tx *kv.Tx) error {
			_, err := run.held(tx)
			gone = errors.Is(err, ErrLost)
			if gone {
				return nil
			}
			return err
		})
		if gone || err != nil {
			return err
		}
	}
	return q.store.Update(ctx, func(tx *kv.Tx) error {
		st, err := run.held(tx)
		if err != nil {
			return err
		}
		return remove(tx, run.ID, run.rec, st)
	})
}

// bury gives a task up. When its onDead fails, the task stays and only onDead
// is tried again.
func (q *Queue) bury(ctx context.Context, run *Run, reason error) (time.Time, error) {
	onDead := q.handlers[run.Kind].onDead
	err := q.store.Update(ctx, func(tx *kv.Tx) error {
		st, err := run.held(tx)
		if err != nil {
			return err
		}
		// Removed before onDead, which may add another task under the same Key.
		if err := remove(tx, run.ID, run.rec, st); err != nil || onDead == nil {
			return err
		}
		return onDead(tx, run, reason)
	})
	if err == nil {
		q.tellGivenUp(run, reason)
		q.log.Warn("task given up", "kind", run.Kind, "owner", run.Owner, "id", run.ID, "attempts", run.Attempt, "err", reason)
		return time.Time{}, nil
	}
	if errors.Is(err, ErrLost) {
		return time.Time{}, err
	}
	q.log.Error("give task up", "kind", run.Kind, "owner", run.Owner, "id", run.ID, "err", err)
	next := run.state
	next.Lease, next.Dead = lease{}, shorten(reason.Error())
	wait, _ := DefaultPolicy().delay(run.Attempt, q.ids.Float())
	next.Due = q.clock.Now().Add(wait)
	err = q.store.Update(ctx, func(tx *kv.Tx) error {
		if _, err := run.held(tx); err != nil {
			return err
		}
		return move(tx, run, next)
	})
	return next.Due, err
}

// shorten cuts a failure's text to what is worth storing, and to valid UTF-8.
func shorten(s string) string {
	if len(s) > maxErr {
		s = s[:maxErr]
	}
	if s == "" {
		s = "unknown"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
