package task

import (
	"context"
	"errors"
	"fmt"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/setback"
)

// Rewind brings tasks back where the clock has been set back: they are due, and
// their leases end, as much later than now as they would have been. Those with a
// date stay at it. It is called before Run.
func (q *Queue) Rewind(ctx context.Context, w *setback.Walk) error {
	err := w.Rows(ctx, root("d"), func(tx *kv.Tx, row kv.Pair) error { return rewindIndexed(tx, row, w.Jump) })
	if err != nil {
		return err
	}
	// Those that wait behind their lanes' heads have no state yet, by which they
	// are told from the heads: these have been brought back.
	return w.Rows(ctx, root("q"), func(tx *kv.Tx, row kv.Pair) error { return rewindWaiting(tx, row, w.Jump) })
}

// rewindIndexed brings back a task that is in the indexes.
func rewindIndexed(tx *kv.Tx, row kv.Pair, j setback.Jump) error {
	p, err := placeOf(row.Key, 4)
	if err != nil {
		return err
	}
	h, unreadable := read[hint](row.Value)
	if unreadable != nil {
		return nil //nolint:nilerr // nobody knows whose it is; it stays where it is
	}
	if h.Dated {
		return nil
	}
	due := j.Time(p.due)
	st, claimed, err := load[state](tx, stateKey(p.id))
	if err != nil && !errors.Is(err, errUnreadable) {
		return err
	}
	switch {
	case err != nil: // it is discarded when it is claimed
	case claimed:
		next := st
		next.Due, next.FirstDue, next.Lease.Until = due, st.FirstDue.Add(-j.By), j.Time(st.Lease.Until)
		if err := kv.Put(tx, stateKey(p.id), next); err != nil {
			return err
		}
	case !due.Equal(p.due):
		if err := kv.Put(tx, stateKey(p.id), state{Due: due, FirstDue: p.due.Add(-j.By)}); err != nil {
			return err
		}
	}
	if due.Equal(p.due) {
		return nil
	}
	lane := laneKey(h.Owner)
	h.Due = due
	return errors.Join(
		tx.Delete(row.Key), tx.Delete(lane.With(p.due, string(p.id))),
		kv.Put(tx, dueKey(due, p.id), h), kv.Put(tx, lane.With(due, string(p.id)), h),
	)
}

// rewindWaiting brings back a task of a serial lane that is not its head, so
// that it is due when it has become that.
func rewindWaiting(tx *kv.Tx, row kv.Pair, j setback.Jump) error {
	id, unreadable := read[string](row.Value)
	if unreadable != nil {
		return nil //nolint:nilerr // see rewindIndexed
	}
	_, head, err := tx.Get(stateKey(ID(id)))
	if err != nil || head {
		return err
	}
	rec, ok, err := load[record](tx, recordKey(ID(id)))
	if errors.Is(err, errUnreadable) {
		return nil // it is discarded when it is claimed
	}
	due := j.Time(rec.Due)
	if err != nil || !ok || rec.Dated || due.Equal(rec.Due) {
		return err
	}
	rec.Due = due
	if err := kv.Put(tx, recordKey(ID(id)), rec); err != nil {
		return fmt.Errorf("save task: %w", err)
	}
	return nil
}
