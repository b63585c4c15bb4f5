package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"maru.dev/maru/clock"
	"maru.dev/maru/kv"
	"maru.dev/maru/outbox"
	"maru.dev/maru/task"
)

// taskKind is the task that passes one message on.
const taskKind = "outbox.relay"

// batch is how many messages get their tasks in one transaction.
const batch = 64

// maxAge is how long a message is tried: what SES does, too.
const maxAge = 14 * time.Hour

// Options are what a Relay needs.
type Options struct {
	Server string // [user:password@]host:port
	Store  *kv.Store
	Tasks  *task.Queue
	Clock  clock.Clock
	Log    *slog.Logger
	Random func(n int) string // so many random letters and digits
}

// Relay passes mail on.
type Relay struct {
	Options

	server server
}

// cursor is where the messages begin that have no tasks yet.
type cursor struct{ Ref outbox.Ref }

// cursorKey is the cursor's row.
func cursorKey() kv.Key { return kv.NewKey("", "", "outbox-relay", "cursor") }

// Open returns a Relay that passes on what is added from now on. Run does it.
func Open(ctx context.Context, o Options) (*Relay, error) {
	s, err := parseServer(o.Server)
	if err != nil {
		return nil, err
	}
	r := &Relay{Options: o, server: s}
	o.Tasks.Handle(taskKind, r.pass, r.bury)
	err = o.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, ok, err := tx.Get(cursorKey()); err != nil || ok {
			return err
		}
		newest, err := outbox.Newest(tx)
		if err != nil {
			return err
		}
		return kv.Put(tx, cursorKey(), cursor{newest})
	})
	if err != nil {
		return nil, fmt.Errorf("open relay: %w", err)
	}
	return r, nil
}

// Off notes that there is no relay, so that what is sent meanwhile is not
// passed on later.
func Off(ctx context.Context, st *kv.Store) error {
	on := false
	err := st.View(ctx, func(tx *kv.Tx) (err error) {
		_, on, err = tx.Get(cursorKey())
		return err
	})
	if err == nil && on {
		err = st.Update(ctx, func(tx *kv.Tx) error { return tx.Delete(cursorKey()) })
	}
	if err != nil {
		return fmt.Errorf("turn relay off: %w", err)
	}
	return nil
}

// Run gives new messages their tasks until ctx ends.
func (r *Relay) Run(ctx context.Context) error {
	watch := r.Store.Watch(outbox.Topic())
	defer watch.Stop()
	for {
		more, err := r.enqueue(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return fmt.Errorf("find new mail: %w", err)
		case more:
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-watch.C():
		}
	}
}

// enqueue gives the next messages their tasks, and tells whether there may be
// more. It looks for them in a snapshot: a scan up to the end of the outbox
// would conflict with everyone who adds to it. Nobody else has moved the cursor
// meanwhile if it is where it was.
func (r *Relay) enqueue(ctx context.Context) (more bool, err error) {
	var at cursor
	var list []outbox.Ref
	err = r.Store.View(ctx, func(tx *kv.Tx) error {
		// Without a cursor the store has been emptied: all is new.
		if at, _, err = kv.Get[cursor](tx, cursorKey()); err != nil {
			return err
		}
		list, err = outbox.After(tx, at.Ref, batch)
		return err
	})
	if err != nil || len(list) == 0 {
		return false, err
	}
	err = r.Store.Update(ctx, func(tx *kv.Tx) error {
		now, _, err := kv.Get[cursor](tx, cursorKey())
		if err != nil || now != at {
			return err
		}
		for _, ref := range list {
			_, err := r.Tasks.Add(tx, task.Task{
				Kind: taskKind, Body: ref, Lease: 5 * time.Minute,
				Policy: task.Policy{MaxAge: maxAge, MinBackoff: 2 * time.Second, MaxBackoff: 5 * time.Minute},
			})
			if err != nil {
				return err
			}
		}
		return kv.Put(tx, cursorKey(), cursor{list[len(list)-1]})
	})
	return true, err
}

// pass is one attempt to pass a message on.
func (r *Relay) pass(ctx context.Context, run *task.Run) error {
	var ref outbox.Ref
	if err := run.Decode(&ref); err != nil {
		return task.Dead(err)
	}
	var m outbox.Message
	var o outbox.Outcome
	var ok bool
	err := r.Store.View(ctx, func(tx *kv.Tx) (err error) {
		m, o, ok, err = outbox.Get(tx, ref)
		return err
	})
	if err != nil {
		return err
	}
	if !ok || m.Channel != "email" || m.RelayError != "" {
		return nil // gone, or never meant to leave
	}
	left := recipients(m, o)
	if len(left) > 0 {
		err = r.send(ctx, m, left, &o)
	}
	finished := err == nil || errors.Is(err, errForGood)
	o.Relayed, o.Error = r.described(o, err)
	noted := r.Store.Update(context.WithoutCancel(ctx), func(tx *kv.Tx) error {
		if err := outbox.SetOutcome(tx, ref, o); err != nil {
			return err
		}
		if finished {
			return run.Done(tx)
		}
		return run.Hold(tx)
	})
	if noted != nil {
		return noted
	}
	if finished {
		return nil
	}
	return err
}

// described is how the outbox tells what has come of a message.
func (r *Relay) described(o outbox.Outcome, err error) (relayed, problem string) {
	if len(o.Done) > 0 {
		relayed = r.server.address
	}
	var said []string
	for _, to := range slices.Sorted(maps.Keys(o.Refused)) {
		said = append(said, "refused for "+to+" ("+o.Refused[to]+")")
	}
	if err != nil {
		said = append(said, err.Error())
		if !errors.Is(err, errForGood) {
			said = append(said, "will be tried again")
		}
	}
	return relayed, strings.Join(said, "; ")
}

// bury notes that a message is given up.
func (r *Relay) bury(tx *kv.Tx, run *task.Run, reason error) error {
	var ref outbox.Ref
	if err := run.Decode(&ref); err != nil {
		return nil //nolint:nilerr // a body that cannot be read names no message
	}
	_, o, ok, err := outbox.Get(tx, ref)
	if err != nil || !ok {
		return err
	}
	o.Error = fmt.Sprintf("given up after %d attempts: %v", run.Attempt, reason)
	r.Log.Warn("mail not relayed", "id", ref.ID, "cause", reason)
	return outbox.SetOutcome(tx, ref, o)
}
