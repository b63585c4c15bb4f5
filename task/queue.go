package task

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"sync/atomic"
	"time"

	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/telemetry"
)

// Queue holds tasks and runs them.
type Queue struct {
	store    *kv.Store
	clock    clock.Clock
	ids      ids.Source
	caller   call.Caller
	workers  int
	log      *slog.Logger
	node     string
	grace    time.Duration
	http     *http.Client
	traces   *telemetry.Tracer
	handlers map[string]registration // written before Run only
	running  atomic.Int64

	observers map[string][]func(Attempt) // by principal; written before Run only
}

// registration is who runs tasks of a kind.
type registration struct {
	run    Handler
	onDead DeadFunc
}

// defaultLease is how long a run may take when its task does not say.
const defaultLease = time.Minute

// New returns a Queue over o.Store.
func New(o Options) *Queue {
	q := &Queue{
		store:    o.Store,
		clock:    o.Clock,
		ids:      o.IDs,
		caller:   o.Caller,
		workers:  o.Workers,
		log:      o.Log,
		traces:   o.Traces,
		node:     o.Node,
		grace:    o.Grace,
		http:     newHTTPClient(),
		handlers: make(map[string]registration),

		observers: make(map[string][]func(Attempt)),
	}
	if q.workers <= 0 {
		// Handlers mostly wait for others, so there are many to a processor.
		q.workers = 64 * runtime.GOMAXPROCS(0)
	}
	if q.log == nil {
		q.log = slog.New(slog.DiscardHandler)
	}
	q.Handle(deliverKind, q.runDelivery, q.buryDelivery)
	return q
}

// SetCaller says through whom deliveries call. It is called before Run.
func (q *Queue) SetCaller(c call.Caller) { q.caller = c }

// Handle says who runs tasks of a kind. It is called before Run, once a kind.
// onDead, which may be nil, runs in the transaction that gives a task up.
// Tasks of a kind that nobody handles stay where they are.
func (q *Queue) Handle(kind string, h Handler, onDead func(tx *kv.Tx, run *Run, reason error) error) {
	if _, twice := q.handlers[kind]; twice {
		panic("task: kind " + kind + " has a handler")
	}
	q.handlers[kind] = registration{run: h, onDead: onDead}
}

// Add writes t in tx and wakes a worker after the commit. It refuses texts that
// are not valid UTF-8.
func (q *Queue) Add(tx *kv.Tx, t Task) (ID, error) {
	now := q.clock.Now()
	if err := t.check(); err != nil {
		return "", err
	}
	body, err := encode(t.Body)
	if err != nil {
		return "", err
	}
	rec := record{
		Kind: t.Kind, Owner: t.Owner, Serial: t.Serial, Key: t.Key, Due: t.Due.UTC(), Dated: t.Dated, Body: body,
		Account: t.Account, Region: t.Region, TraceID: t.TraceID, Policy: t.Policy, Lease: t.Lease,
	}
	if t.Due.IsZero() {
		rec.Due = now
	}
	if rec.Owner == "" {
		rec.Owner = t.Kind
	}
	id := q.newID(now)
	if rec.Key != "" {
		if err := q.CancelKey(tx, rec.Kind, rec.Key); err != nil {
			return "", err
		}
		if err := kv.Put(tx, uniqueKey(rec.Kind, rec.Key), string(id)); err != nil {
			return "", err
		}
	}
	if err := saveRecord(tx, id, rec); err != nil {
		return "", err
	}
	if rec.Serial != 0 {
		return id, joinLane(tx, id, rec)
	}
	if err := index(tx, id, rec, rec.Due); err != nil {
		return "", err
	}
	return id, announce(tx, id, rec, rec.Due)
}

// newID returns an id that sorts by when it was made, so that tasks that are
// due at the same time are taken in that order.
func (q *Queue) newID(now time.Time) ID {
	raw := binary.BigEndian.AppendUint64(nil, uint64(now.UnixNano()))
	return ID(hex.EncodeToString(append(raw, q.ids.Bytes(8)...)))
}

// Cancel takes a pending task away. A run under way is not stopped, but can no
// longer record its success (Run.Done fails). A task that is gone is no error.
func (q *Queue) Cancel(tx *kv.Tx, id ID) error {
	rec, ok, err := load[record](tx, recordKey(id))
	if err != nil {
		return fmt.Errorf("load task to cancel: %w", err)
	}
	if !ok {
		return nil
	}
	st, err := loadState(tx, id, rec)
	if err != nil {
		return err
	}
	return remove(tx, id, rec, st)
}

// CancelKey is Cancel by kind and Key.
func (q *Queue) CancelKey(tx *kv.Tx, kind, key string) error {
	id, ok, err := kv.Get[string](tx, uniqueKey(kind, key))
	if err != nil {
		return fmt.Errorf("load key of task: %w", err)
	}
	if !ok {
		return nil
	}
	return q.Cancel(tx, ID(id))
}
