package task

import (
	"context"
	"errors"
	"fmt"
	"time"

	"maru.dev/maru/kv"
)

// claimed is what came of claiming one entry.
type claimed struct {
	entry *entry
	run   *Run      // nil if the task is not for us now
	later time.Time // if not now, when to look again; the zero time is never
	lost  error     // why the task was discarded
}

// claim leases the tasks of entries in one transaction, with the tokens after token.
func (w *worker) claim(ctx context.Context, entries []*entry, token uint64) ([]claimed, error) {
	var out []claimed
	err := w.store.Update(ctx, func(tx *kv.Tx) error {
		out = make([]claimed, 0, len(entries))
		for i, e := range entries {
			c, err := w.claimOne(tx, e, token+uint64(i)+1)
			if errors.Is(err, errUnreadable) {
				c, err = claimed{entry: e, lost: err}, discard(tx, e)
			}
			if err != nil {
				return err
			}
			out = append(out, c)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("claim %d tasks: %w", len(entries), err)
	}
	for _, c := range out {
		if c.lost != nil {
			w.log.Error("task discarded", "id", c.entry.id, "owner", c.entry.owner, "due", c.entry.due, "err", c.lost)
		}
	}
	return out, nil
}

// claimOne leases one task if it is due and no other run holds it.
func (w *worker) claimOne(tx *kv.Tx, e *entry, token uint64) (claimed, error) {
	now := w.clock.Now()
	rec, ok, err := load[record](tx, recordKey(e.id))
	if err != nil || !ok {
		return claimed{entry: e}, err
	}
	st, err := loadState(tx, e.id, rec)
	if err != nil {
		return claimed{}, err
	}
	if !st.Due.Equal(e.due) && st.Due.After(now) {
		return claimed{entry: e, later: st.Due}, nil
	}
	if st.Lease.Token != 0 {
		switch {
		case st.Lease.Node == w.node && st.Lease.Instance != w.instance:
			st.Attempt-- // its process died: that was no failure of the task
		case st.Lease.Until.After(now):
			return claimed{entry: e, later: st.Lease.Until}, nil
		default:
			st.LastErr = "the run did not end within its lease"
			if _, more := rec.Policy.delay(st.Attempt, 0); !more {
				st.Dead = st.LastErr
			}
		}
	}
	body, err := loadBody(tx, e.id, rec)
	if err != nil {
		return claimed{}, err
	}
	if st.Dead == "" {
		st.Attempt++
	}
	term := rec.Lease
	if term <= 0 {
		term = defaultLease
	}
	st.Lease = lease{Node: w.node, Instance: w.instance, Token: token, Until: now.Add(term)}
	if err := kv.Put(tx, stateKey(e.id), st); err != nil {
		return claimed{}, err
	}
	run := w.newRun(e.id, rec, body, st)
	run.entry = e
	return claimed{entry: e, run: run}, nil
}

// enlist makes this process the one that works for its node. What an earlier
// one had leased is free from now on.
func (w *worker) enlist(ctx context.Context) error {
	err := w.store.Update(ctx, func(tx *kv.Tx) error {
		return kv.Put(tx, instanceKey(w.node), w.instance)
	})
	if err != nil {
		return fmt.Errorf("enlist worker: %w", err)
	}
	return nil
}

// errReset is found by reads that see a store without this instance: it was
// emptied in the meantime.
var errReset = errors.New("task: the store was emptied")

// present is errReset if the store has been emptied since enlist.
func (w *worker) present(tx *kv.Tx) error {
	_, ok, err := kv.Get[string](tx, instanceKey(w.node))
	if err == nil && !ok {
		err = errReset
	}
	return err
}
