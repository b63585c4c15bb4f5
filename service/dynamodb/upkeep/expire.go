package upkeep

import (
	"context"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/capacity"
	"maru.dev/maru/service/dynamodb/table"
	"maru.dev/maru/task"
	"maru.dev/maru/telemetry"
)

// expireTask removes a table's items whose time has come. Its body is an expiring.
const expireTask = "dynamodb.expire"

// expiring names a table whose items expire.
type expiring struct {
	Account, Region string
	Table           string // name
	ID              string // the table's
}

// How expiry is paced. AWS promises days; here an item goes within a minute.
const (
	expireBatch = 100
	expireEvery = time.Minute
	// An item that would have expired so long ago is taken to hold something else.
	expireOldest = 5 * 365 * 24 * time.Hour
)

// StartExpiry sees to it that t's items expire.
func (u *Upkeep) StartExpiry(tx *kv.Tx, t *table.Table) error {
	_, err := u.Tasks.Add(tx, task.Task{
		Kind: expireTask, Owner: t.ID, Key: t.ID, Lease: 5 * time.Minute,
		Body:    expiring{t.Account, t.Region, t.Name, t.ID},
		Account: t.Account, Region: t.Region,
	})
	return err
}

// StopExpiry takes that back.
func (u *Upkeep) StopExpiry(tx *kv.Tx, t *table.Table) error {
	return u.Tasks.CancelKey(tx, expireTask, t.ID)
}

// runExpire removes what is due, and comes again when the next item is, or in
// a minute, whichever is sooner.
func (u *Upkeep) runExpire(ctx context.Context, run *task.Run) error {
	var body expiring
	if err := run.Decode(&body); err != nil {
		return task.Dead(err)
	}
	if err := u.findExpiries(ctx, run, body); err != nil {
		return err
	}
	for {
		var more, gone bool
		var next, removed int64
		now := u.now()
		err := u.Store.Update(ctx, func(tx *kv.Tx) (err error) {
			t, err := expiringTable(tx, body)
			if err != nil {
				return err
			}
			if gone = t == nil; gone {
				return run.Done(tx)
			}
			more, next, removed, err = expireDue(tx, t, now)
			return err
		})
		if err == nil && removed > 0 {
			of := telemetry.Of(body.Account, body.Region, body.Table)
			u.metrics.Add(of, telemetry.Value{Kind: capacity.Expired, Is: float64(removed)})
		}
		if err != nil || gone {
			return err
		}
		if !more {
			again := now.Add(expireEvery)
			if due := time.Unix(next+1, 0); next > 0 && due.Before(again) {
				again = later(due, now.Add(time.Second))
			}
			return task.Again(again)
		}
		if err := run.Extend(ctx, 5*time.Minute); err != nil {
			return err
		}
	}
}

// expiringTable returns the table, if its items still expire.
func expiringTable(tx *kv.Tx, body expiring) (*table.Table, error) {
	t, err := table.Read(tx, table.Key(body.Account, body.Region, body.Table))
	if err != nil || t == nil || t.ID != body.ID || t.TTL == "" {
		return nil, err
	}
	return t, nil
}

// expireDue removes one batch, and tells of how many items. more is whether it
// was a full one; next is when the first of the rest is due.
func expireDue(tx *kv.Tx, t *table.Table, now time.Time) (more bool, next, removed int64, err error) {
	due, next, err := t.Expired(tx, now.Add(-expireOldest).Unix(), now.Unix(), expireBatch)
	if err != nil {
		return false, 0, 0, err
	}
	w := table.In(tx)
	for _, d := range due {
		stored, ok, err := table.Get(tx, d.Row)
		if err != nil {
			return false, 0, 0, err
		}
		if !ok {
			if err := t.ForgetDue(tx, d); err != nil {
				return false, 0, 0, err
			}
			continue
		}
		item, err := stored.Item()
		if err != nil {
			return false, 0, 0, err
		}
		c := table.Change{Row: d.Row, Had: true, Old: item, OldSize: stored.Size, Expired: true, At: now}
		if _, err := w.Apply(t, c); err != nil {
			return false, 0, 0, err
		}
		removed++
	}
	return len(due) == expireBatch, next, removed, nil
}

// findExpiries goes once through the items that were there before expiry was
// turned on.
func (u *Upkeep) findExpiries(ctx context.Context, run *task.Run, body expiring) error {
	var last kv.Key
	for {
		done := false
		var reached kv.Key
		err := u.Store.Update(ctx, func(tx *kv.Tx) error {
			done, reached = false, last
			t, err := expiringTable(tx, body)
			if err != nil || t == nil || t.TTLFilled {
				done = true
				return err
			}
			var n int
			if reached, n, err = addExpiries(tx, t, last); err != nil || n == backfillBatch {
				return err
			}
			done, t.TTLFilled = true, true
			return t.Save(tx)
		})
		if err != nil || done {
			return err
		}
		last = reached
		if err := run.Extend(ctx, 5*time.Minute); err != nil {
			return err
		}
	}
}

// addExpiries notes the expiry times of one batch of items.
func addExpiries(tx *kv.Tx, t *table.Table, last kv.Key) (kv.Key, int, error) {
	r := t.Segment(nil, 0, 1)
	if last != nil {
		r = r.After(last)
	}
	r.Limit = backfillBatch
	n := 0
	for pair, err := range tx.Scan(r) {
		if err != nil {
			return nil, 0, err
		}
		stored, err := table.Open(pair.Value)
		if err != nil {
			return nil, 0, err
		}
		item, err := stored.Item()
		if err != nil {
			return nil, 0, err
		}
		if err := t.AddExpiry(tx, t.Row(item), item); err != nil {
			return nil, 0, err
		}
		n, last = n+1, pair.Key
	}
	return last, n, nil
}
