package sqs

import (
	"context"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/setback"
	"maru.dev/maru/service"
)

// Rewind implements service.Rewinder. Messages are visible, and what is
// remembered for minutes is forgotten, as much later than now as they would have
// been. What is told of a message (when it was sent, when it was first received)
// stays, and so do receipt handles.
//
// The horizon needs none of it: what is earlier than it says is found by the scan
// with which a process begins.
func (s *Service) Rewind(ctx context.Context, w *setback.Walk) error {
	return service.RewindHomes(ctx, w, func(at service.Home) error {
		r := rewinder{w.Jump, home(at)}
		for folder, do := range r.folders() {
			if err := w.Rows(ctx, r.home.key(folder), do); err != nil {
				return err
			}
		}
		return nil
	})
}

// rewinder brings back the rows of a home.
type rewinder struct {
	setback.Jump

	home home
}

// folders are those with rows to be brought back. None depends on another's.
func (r rewinder) folders() map[string]func(tx *kv.Tx, row kv.Pair) error {
	return map[string]func(tx *kv.Tx, row kv.Pair) error{
		"q": r.queue, "x": r.deleted, "v": r.position, "m": r.element, "r": r.group, "e": r.duplicate, "a": r.attempt,
	}
}

// of returns the queue of a row, as far as keys need it.
func (r rewinder) of(row kv.Pair) (*queue, error) {
	q := &queue{Account: r.home.Account, Region: r.home.Region}
	return q, row.Key.Scan(4, &q.ID)
}

// queue lets a queue be purged anew in time, and has its groups' sequence numbers
// go on.
func (r rewinder) queue(tx *kv.Tx, row kv.Pair) error {
	q, _, err := kv.Get[queue](tx, row.Key)
	if err != nil || !q.Purged.After(r.Now) && !q.FIFO {
		return err
	}
	q.Purged = r.Time(q.Purged)
	if q.FIFO {
		q.Ahead += r.By
	}
	return kv.Put(tx, row.Key, q)
}

// deleted lets a queue's name be used anew in time.
func (r rewinder) deleted(tx *kv.Tx, row kv.Pair) error {
	at, _, err := kv.Get[time.Time](tx, row.Key)
	if err != nil || !at.After(r.Now) {
		return err
	}
	return kv.Put(tx, row.Key, r.Time(at))
}

// position brings back a message of a standard queue. A receipt handle says
// where it was.
func (r rewinder) position(tx *kv.Tx, row kv.Pair) error {
	q, err := r.of(row)
	if err != nil {
		return err
	}
	var was int64
	var sid []byte
	if err := row.Key.Scan(5, &was, &sid); err != nil {
		return err
	}
	at := r.Nanos(was)
	if at == was {
		return nil
	}
	p, _, err := kv.Get[position](tx, row.Key)
	if err != nil {
		return err
	}
	if p.Receives > 0 {
		f := forward{Receipt: was}
		if p.Moved {
			if f, _, err = kv.Get[forward](tx, q.forwardKey(sid)); err != nil {
				return err
			}
		}
		f.At, p.Moved = at, true
		if err := kv.Put(tx, q.forwardKey(sid), f); err != nil {
			return err
		}
	}
	if err := tx.Delete(row.Key); err != nil {
		return err
	}
	return kv.Put(tx, q.positionKey(time.Unix(0, at), sid), p)
}

// element brings back a message of a FIFO queue.
func (r rewinder) element(tx *kv.Tx, row kv.Pair) error {
	e, _, err := kv.Get[element](tx, row.Key)
	if err != nil || !e.At.After(r.Now) {
		return err
	}
	e.At = r.Time(e.At)
	return kv.Put(tx, row.Key, e)
}

// group brings back a group of a FIFO queue.
func (r rewinder) group(tx *kv.Tx, row kv.Pair) error {
	q, err := r.of(row)
	if err != nil {
		return err
	}
	var was int64
	var name string
	if err := row.Key.Scan(5, &was, &name); err != nil {
		return err
	}
	at := r.Nanos(was)
	if at == was {
		return nil
	}
	g, _, err := kv.Get[group](tx, q.groupKey(name))
	if err != nil {
		return err
	}
	if err := tx.Delete(row.Key); err != nil {
		return err
	}
	g.Ready = time.Unix(0, at).UTC()
	if err := kv.Put(tx, q.groupKey(name), g); err != nil {
		return err
	}
	return tx.Put(q.groupReadyKey(g.Ready, name), nil)
}

// duplicate lets a deduplication id be forgotten in time.
func (r rewinder) duplicate(tx *kv.Tx, row kv.Pair) error {
	q, err := r.of(row)
	if err != nil {
		return err
	}
	var was int64
	var scope, id string
	if err := row.Key.Scan(5, &was, &scope, &id); err != nil {
		return err
	}
	at := r.Time(time.Unix(0, was))
	if at.UnixNano() == was {
		return nil
	}
	key := q.duplicateKey(scope, id)
	d, ok, err := kv.Get[duplicate](tx, key)
	if err != nil {
		return err
	}
	if ok && d.Until.UnixNano() == was {
		d.Until = at.UTC()
		if err := kv.Put(tx, key, d); err != nil {
			return err
		}
	}
	if err := tx.Delete(row.Key); err != nil {
		return err
	}
	return kv.Put(tx, q.duplicateExpiryKey(at, scope, id), true)
}

// attempt lets a receive request attempt be forgotten in time.
func (r rewinder) attempt(tx *kv.Tx, row kv.Pair) error {
	a, _, err := kv.Get[attempt](tx, row.Key)
	if err != nil || !a.Until.After(r.Now) {
		return err
	}
	a.Until = r.Time(a.Until)
	return kv.Put(tx, row.Key, a)
}
