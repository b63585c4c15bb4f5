package task

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/fxamacker/cbor/v2"

	"maru.dev/maru/kv"
)

// Run is one attempt at a task. Its Task's Body is the stored record, which
// Decode reads.
type Run struct {
	Task
	ID       ID
	Attempt  int       // from 1
	FirstDue time.Time // when it first fell due
	LastErr  string    // why the attempt before failed

	queue *Queue
	rec   record
	body  []byte
	state state        // as claimed
	done  atomic.Bool  // Done was called, though its transaction may have failed
	until atomic.Int64 // when the lease ends, in Unix nanoseconds
	entry *entry
	began time.Time       // the worker loop's, as is aside
	aside bool            // it goes on without a worker
	ctx   context.Context // the handler's
	stop  context.CancelCauseFunc
}

// newRun returns the run of a task as it was claimed.
func (q *Queue) newRun(id ID, rec record, body []byte, st state) *Run {
	run := &Run{
		Task: Task{
			Kind: rec.Kind, Owner: rec.Owner, Serial: rec.Serial, Key: rec.Key, Due: st.Due, Body: cbor.RawMessage(body),
			Account: rec.Account, Region: rec.Region, TraceID: rec.TraceID, Policy: rec.Policy, Lease: rec.Lease,
		},
		ID: id, Attempt: st.Attempt, FirstDue: st.FirstDue, LastErr: st.LastErr,
		queue: q, rec: rec, body: body, state: st,
	}
	run.until.Store(st.Lease.Until.UnixNano())
	return run
}

// Decode reads the task's Body into v.
func (r *Run) Decode(v any) error { return decode(r.body, v) }

// Done records the task's success in the handler's own transaction, so that
// its effect in the store happens exactly once. It fails with ErrLost when the
// lease is lost; the handler then lets its transaction fail and returns.
func (r *Run) Done(tx *kv.Tx) error {
	st, err := r.held(tx)
	if err != nil {
		return err
	}
	r.done.Store(true)
	return remove(tx, r.ID, r.rec, st)
}

// Hold fails with ErrLost unless the run still holds its task when tx commits.
// A handler that works in several transactions calls it in each but the last,
// which calls Done.
func (r *Run) Hold(tx *kv.Tx) error {
	_, err := r.held(tx)
	return err
}

// Extend lengthens the lease to d from now.
func (r *Run) Extend(ctx context.Context, d time.Duration) error {
	until := r.queue.clock.Now().Add(d)
	err := r.queue.store.Update(ctx, func(tx *kv.Tx) error {
		st, err := r.held(tx)
		if err != nil {
			return err
		}
		st.Lease.Until = until
		return kv.Put(tx, stateKey(r.ID), st)
	})
	if err == nil {
		r.until.Store(until.UnixNano())
	}
	return err
}

// held returns the task's state, or ErrLost if another run, or none, has it.
func (r *Run) held(tx *kv.Tx) (state, error) {
	st, ok, err := load[state](tx, stateKey(r.ID))
	if err != nil {
		return state{}, err
	}
	own := r.state.Lease
	if !ok || st.Lease.Token != own.Token || st.Lease.Instance != own.Instance {
		return state{}, ErrLost
	}
	return st, nil
}

// outcome is what a handler's error means for its task.
type outcome struct {
	again time.Time // run again then, as if new
	retry time.Time // run again then, after a failure
	free  bool      // give the lease back as if it had not been taken
	dead  error     // give up
	fault error     // what to remember as the last error
}

// judge decides what follows from a run's result.
func (r *Run) judge(err error, stopping bool) outcome {
	again, isAgain := errors.AsType[againError](err)
	dead, isDead := errors.AsType[deadError](err)
	now := r.queue.clock.Now()
	switch {
	case isAgain:
		return outcome{again: again.at.UTC()}
	case isDead:
		return outcome{dead: dead.reason, fault: dead.reason}
	case stopping:
		return outcome{free: true}
	}
	wait, more := r.Policy.delay(r.Attempt, r.queue.ids.Float())
	if later, ok := errors.AsType[laterError](err); ok {
		wait, err = max(wait, later.wait), later.reason
	}
	retry := now.Add(wait)
	if !more || r.Policy.MaxAge > 0 && retry.Sub(r.FirstDue) > r.Policy.MaxAge {
		return outcome{dead: err, fault: err}
	}
	return outcome{retry: retry, fault: err}
}
