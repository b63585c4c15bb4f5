package xray

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/task"
)

const (
	expireKind = "xray.expire"
	// expireChunk is how many index rows are looked at in one transaction.
	expireChunk = 200
	// expireEvery is how often, at most, a home is looked through.
	expireEvery = time.Hour
)

// expect makes sure that old traces of a home will be removed, in the
// transaction that writes the home's first.
func (s *Service) expect(tx *kv.Tx, h home, now time.Time) error {
	there, ok, err := kv.Get[bool](tx, h.expiryKey())
	if err != nil || ok && there {
		return err
	}
	if err := kv.Put(tx, h.expiryKey(), true); err != nil {
		return err
	}
	_, err = s.Tasks.Add(tx, task.Task{
		Kind: expireKind, Key: h.Account + " " + h.Region, Owner: h.arnOf("traces"), Due: now.Add(s.retention),
		Account: h.Account, Region: h.Region, Body: h,
	})
	return err
}

// runExpire removes the traces of a home to which nothing was added for as long
// as traces are kept, and comes again when the next are due.
func (s *Service) runExpire(ctx context.Context, run *task.Run) error {
	var h home
	if err := run.Decode(&h); err != nil {
		return task.Dead(err)
	}
	cutoff := s.now().Add(-s.retention)
	for {
		var more bool
		err := s.Store.Update(ctx, func(tx *kv.Tx) (err error) {
			more, err = expire(tx, h, cutoff)
			return err
		})
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if err := run.Extend(ctx, time.Minute); err != nil {
			return err
		}
	}
	return task.Again(s.now().Add(min(expireEvery, s.retention)))
}

// expire goes through the oldest rows of the index of events, as many as a chunk
// has. Traces to which nothing was added since a time are removed; of the others
// there are later rows. It tells whether there are more rows.
func expire(tx *kv.Tx, h home, cutoff time.Time) (more bool, err error) {
	r := h.indexRange(byEvent, time.Unix(0, 0), cutoff.Add(-time.Second))
	r.Limit = expireChunk
	n := 0
	gone := kv.Range{From: r.From}
	for row, err := range tx.Scan(r) {
		if err != nil {
			return false, err
		}
		n++
		gone.To = append(bytes.Clone(row.Key), 0)
		var second int64
		var id string
		if err := row.Key.Scan(4, &second, &id); err != nil {
			return false, err
		}
		hd, ok, err := kv.Get[head](tx, h.headKey(id))
		if err != nil {
			return false, err
		}
		if ok && hd.Modified.Before(cutoff) && hd.Modified.Unix() == second {
			if err := remove(tx, h, id, hd); err != nil {
				return false, err
			}
		}
	}
	if n == 0 {
		return false, nil
	}
	return n == expireChunk, tx.DeleteRange(gone)
}

// remove takes a trace away, with its rows by start and end.
func remove(tx *kv.Tx, h home, id string, hd head) error {
	for row, err := range kv.Scan[digest](tx, kv.Prefix(h.key("s", id))) {
		if err != nil {
			return err
		}
		d := row.Value
		for _, r := range d.rows() {
			if err := tx.Delete(h.indexKey(r.Index, time.Unix(r.At, 0), id)); err != nil {
				return err
			}
		}
	}
	for _, kind := range []string{"s", "d"} {
		if err := tx.DeleteRange(kv.Prefix(h.key(kind, id))); err != nil {
			return err
		}
	}
	if err := h.count(tx, -1, -int64(hd.Size)); err != nil {
		return err
	}
	return tx.Delete(h.headKey(id))
}

// keepWithin removes the oldest traces where there are more than are kept: what
// is stored is a ring. It leaves room, so as not to have to come each time.
func (s *Service) keepWithin(ctx context.Context, h home) error {
	for full := s.maxTraces; ; full = s.maxTraces - s.maxTraces/20 {
		over := false
		err := s.Store.View(ctx, func(tx *kv.Tx) error {
			traces, err := tx.Count(h.tracesKey())
			if err != nil {
				return err
			}
			size, err := tx.Count(h.bytesKey())
			over = traces > full || size > s.maxBytes/s.maxTraces*full
			return err
		})
		if err != nil || !over {
			return err
		}
		more := false
		err = s.Store.Update(ctx, func(tx *kv.Tx) (err error) {
			more, err = expire(tx, h, s.now().Add(time.Second))
			return err
		})
		if err != nil {
			return fmt.Errorf("remove the oldest traces: %w", err)
		}
		if !more {
			return nil
		}
	}
}
