// Package setback brings rows back that wait for a time, where the machine's
// clock has been set back since they were written: they would wait for hours.
//
// What was due then is due now, and what had five seconds to go has five seconds
// to go. The rows are moved before anything is served, in transactions of
// bounded size. Each notes, in the same commit, how far the walk has come, so
// that no row is moved twice however often the process is killed; see
// adr/0026.
package setback

import (
	"context"
	"fmt"
	"time"

	"maru.dev/maru/kv"
)

// Bounds of one transaction.
const (
	maxRows = 500
	maxSize = 8 << 20 // of what it writes; one row may come on top
)

// Jump is how the clock was set back.
type Jump struct {
	By  time.Duration // how far
	Now time.Time     // where it stood then: nothing is moved to before
}

// Time is when that is due which was due at t before the jump. It is never later
// than t, and what is later than another stays so, unless both are due.
func (j Jump) Time(t time.Time) time.Time {
	if !t.After(j.Now) {
		return t
	}
	if t = t.Add(-j.By).UTC(); t.Before(j.Now) {
		return j.Now
	}
	return t
}

// Nanos is Time in nanoseconds since 1970.
func (j Jump) Nanos(at int64) int64 { return j.Time(time.Unix(0, at)).UnixNano() }

// Walk is a Jump whose rows are being brought back.
type Walk struct {
	Jump

	store    *kv.Store
	progress kv.Key
}

// NewWalk returns the walk that notes under progress how far it has come. Whoever
// ends it removes what it finds there.
func NewWalk(st *kv.Store, progress kv.Key, j Jump) *Walk { return &Walk{j, st, progress} }

// Store is where the rows are.
func (w *Walk) Store() *kv.Store { return w.store }

// Rows shows do each row below folder once, in the order of keys. do moves a row
// toward the front only, where the walk does not meet it again.
func (w *Walk) Rows(ctx context.Context, folder kv.Key, do func(tx *kv.Tx, row kv.Pair) error) error {
	for more := true; more; {
		err := w.store.Update(ctx, func(tx *kv.Tx) (err error) {
			more, err = w.some(tx, folder, do)
			return err
		})
		if err != nil {
			return fmt.Errorf("bring back %v: %w", folder, err)
		}
	}
	return nil
}

// some shows do the next rows below folder, and tells whether there may be more.
func (w *Walk) some(tx *kv.Tx, folder kv.Key, do func(tx *kv.Tx, row kv.Pair) error) (more bool, err error) {
	mark := w.progress.With([]byte(folder))
	r := kv.Prefix(folder)
	last, begun, err := tx.Get(mark)
	if err != nil {
		return false, err
	}
	if begun {
		r = r.After(last)
	}
	r.Limit = maxRows
	n, at := 0, kv.Key(nil)
	for row, err := range tx.Scan(r) {
		if err != nil {
			return false, err
		}
		if err := do(tx, row); err != nil {
			return false, fmt.Errorf("%v: %w", row.Key, err)
		}
		n, at = n+1, row.Key
		if tx.Size() > maxSize {
			return true, tx.Put(mark, at)
		}
	}
	if n == 0 {
		return false, nil
	}
	return n == maxRows, tx.Put(mark, at)
}
