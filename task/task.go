// Package task does later what must be done later: a row written in the same
// transaction as its cause, leased, run, retried and, when nothing helps, sent
// to its dead-letter target.
package task

import (
	"context"
	"log/slog"
	"time"

	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
)

// Policy says how often and how long a failing task is tried. Zero fields take
// the defaults of DefaultPolicy.
type Policy struct {
	MaxAttempts int           // in all; 0 is without limit
	MaxAge      time.Duration // since the task first fell due; 0 is without limit
	MinBackoff  time.Duration // before the second attempt, jittered
	MaxBackoff  time.Duration
	Factor      float64 // growth of the backoff from one attempt to the next; 2 when zero
}

// Task is work for later.
type Task struct {
	Kind string // which handler runs it
	// Owner shares the workers fairly: one owner's backlog or failures do not
	// hold up another's. Usually an ARN.
	Owner string
	// Key, if set, is unique among pending tasks of the kind: adding another
	// with the same key replaces the pending one.
	Key  string
	Due  time.Time // the zero time is now
	Body any       // the handler's own record, stored as CBOR
	// Who the task acts as; see call.As. Stored with it.
	Account, Region, TraceID string
	Policy                   Policy
	// Lease is how long a run may take before another worker takes over; 1
	// minute when zero. Running handlers extend it by Run.Extend.
	Lease time.Duration
}

// ID names a pending task.
type ID string

// Handler runs a task once. Returning nil records success. Again asks for
// another run at a time, which is no failure; Dead gives up at once; any other
// error is a failed attempt.
type Handler func(ctx context.Context, run *Run) error

// Options are what a Queue needs.
type Options struct {
	Store   *kv.Store
	Clock   clock.Clock
	IDs     ids.Source
	Caller  call.Caller // may be set later, before Run, by SetCaller
	Workers int         // 0: a number that suits the machine
	Log     *slog.Logger
}

// Queue holds tasks and runs them.
type Queue struct{}

// New returns a Queue over o.Store.
func New(o Options) *Queue { panic("not yet") }

// Handle says who runs tasks of a kind. It is called before Run, once a kind.
// onDead, which may be nil, runs in the transaction that gives a task up.
func (q *Queue) Handle(kind string, h Handler, onDead func(tx *kv.Tx, run *Run, reason error) error) {
	panic("not yet")
}

// Add writes t in tx and wakes a worker after the commit.
func (q *Queue) Add(tx *kv.Tx, t Task) (ID, error) { panic("not yet") }

// Cancel takes a pending task away. A run under way is not stopped, but can no
// longer record its success (Run.Done fails). A task that is gone is no error.
func (q *Queue) Cancel(tx *kv.Tx, id ID) error { panic("not yet") }

// CancelKey is Cancel by kind and Key.
func (q *Queue) CancelKey(tx *kv.Tx, kind, key string) error { panic("not yet") }

// Run works until ctx ends.
func (q *Queue) Run(ctx context.Context) error { panic("not yet") }

// Run is one attempt at a task.
type Run struct {
	Task
	ID       ID
	Attempt  int       // from 1
	FirstDue time.Time // when it first fell due
	LastErr  string    // why the attempt before failed
}

// Decode reads the task's Body into v.
func (r *Run) Decode(v any) error { panic("not yet") }

// Done records the task's success in the handler's own transaction, so that
// its effect in the store happens exactly once. It fails when the lease is
// lost.
func (r *Run) Done(tx *kv.Tx) error { panic("not yet") }

// Extend lengthens the lease to d from now.
func (r *Run) Extend(ctx context.Context, d time.Duration) error { panic("not yet") }

// Again asks to be run again at a time; attempts are counted anew.
func Again(at time.Time) error { panic("not yet") }

// Dead gives the task up at once.
func Dead(reason error) error { panic("not yet") }
