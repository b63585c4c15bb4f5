package xray

import (
	"context"
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

// expire removes what is due among the oldest rows, and tells whether there is
// more.
func expire(tx *kv.Tx, h home, cutoff time.Time) (more bool, err error) {
	r := h.indexRange(byEvent, time.Unix(0, 0), cutoff.Add(-time.Second))
	r.Limit = expireChunk
	n := 0
	for row, err := range tx.Scan(r) {
		if err != nil {
			return false, err
		}
		n++
		var id string
		if err := row.Key.Scan(4, nil, &id); err != nil {
			return false, err
		}
		if err := tx.Delete(row.Key); err != nil {
			return false, err
		}
		hd, _, err := kv.Get[head](tx, h.headKey(id))
		if err != nil {
			return false, err
		}
		if hd.Modified.Before(cutoff) {
			if err := remove(tx, h, id); err != nil {
				return false, err
			}
		}
	}
	return n == expireChunk, nil
}

// remove takes a trace away, with its index rows.
func remove(tx *kv.Tx, h home, id string) error {
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
	return tx.Delete(h.headKey(id))
}
