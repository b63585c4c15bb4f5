package task

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/telemetry"
)

// Task is work for later.
type Task struct {
	Kind string // which handler runs it
	// Owner shares the workers fairly: one owner's backlog or failures do not
	// hold up another's. Usually an ARN.
	Owner string
	// Serial, if set, makes the owner's lane a queue: its tasks run one at a
	// time in the order of Serial, and a failing one holds up the rest until it
	// succeeds or is given up. All tasks of such a lane set it. A task may not
	// be added in front of one that has run.
	Serial uint64
	// Key, if set, is unique among pending tasks of the kind: adding another
	// with the same key replaces the pending one.
	Key string
	Due time.Time // the zero time is now
	// Dated says that Due is a time by the calendar, which somebody has named. All
	// other times are so long after the present: where the clock is set back over
	// a restart, they move with it.
	Dated bool
	Body  any // the handler's own record, stored as CBOR
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

// DeadFunc runs in the transaction that gives a task up, with the reason.
type DeadFunc func(tx *kv.Tx, run *Run, reason error) error

// Options are what a Queue needs.
type Options struct {
	Store   *kv.Store
	Clock   clock.Clock
	IDs     ids.Source
	Caller  call.Caller // may be set later, before Run, by SetCaller
	Workers int         // 0: a number that suits the machine
	Log     *slog.Logger
	Traces  *telemetry.Tracer // may be nil
	// Node tells processes that share a store apart. A process that starts
	// takes over at once what another of the same name had under way, so no two
	// that live at once may share it. Empty is right for a store of one's own.
	Node string
	// Grace is how long handlers under way may go on when the queue stops, before
	// their contexts end.
	Grace time.Duration
}

// ErrLost is why a run cannot record its outcome: its task was cancelled or
// replaced, or its lease ended.
var ErrLost = errors.New("task: the run no longer holds its task")

// Again asks to be run again at a time; attempts are counted anew.
func Again(at time.Time) error { return againError{at} }

// Dead gives the task up at once.
func Dead(reason error) error { return deadError{reason} }

// After is a failed attempt whose next one is at least so far away, whatever the
// policy says: the target has asked for it.
func After(wait time.Duration, reason error) error { return laterError{reason, wait} }

// laterError is what After returns.
type laterError struct {
	reason error
	wait   time.Duration
}

// Error is the reason.
func (e laterError) Error() string { return e.reason.Error() }

// againError is what Again returns.
type againError struct{ at time.Time }

// Error is for a handler that logs what it returns.
func (e againError) Error() string { return "run again at " + e.at.Format(time.RFC3339Nano) }

// deadError is what Dead returns.
type deadError struct{ reason error }

// Error is the reason.
func (e deadError) Error() string { return e.reason.Error() }

// Unwrap gives the reason to errors.Is and errors.As.
func (e deadError) Unwrap() error { return e.reason }
