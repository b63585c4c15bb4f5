package upkeep

import (
	"context"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/schema"
	"maru.dev/maru/service/dynamodb/table"
	"maru.dev/maru/task"
)

// backfillTask fills a new global index with the items that were there before
// it. Its body is a backfill.
const backfillTask = "dynamodb.backfill"

// backfill names an index that is being filled.
type backfill struct {
	Account, Region string
	Table           string // name
	ID              string // the table's
	Index           string // the index's ID
}

// backfillBatch is how many items one transaction looks at.
const backfillBatch = 200

// StartBackfill sees to it that x, a new index of t, is filled.
func (u *Upkeep) StartBackfill(tx *kv.Tx, t *table.Table, x *table.Index) error {
	_, err := u.Tasks.Add(tx, task.Task{
		Kind: backfillTask, Owner: t.ID, Key: x.ID, Lease: 5 * time.Minute,
		Body:    backfill{t.Account, t.Region, t.Name, t.ID, x.ID},
		Account: t.Account, Region: t.Region,
	})
	return err
}

// runBackfill fills an index, batch by batch. Items that change meanwhile keep
// the index themselves; a run that starts anew finds its rows and leaves them.
func (u *Upkeep) runBackfill(ctx context.Context, run *task.Run) error {
	var body backfill
	if err := run.Decode(&body); err != nil {
		return task.Dead(err)
	}
	var last kv.Key
	for {
		done := false
		var reached kv.Key
		err := u.Store.Update(ctx, func(tx *kv.Tx) (err error) {
			reached, done, err = u.fill(tx, body, last, run)
			return err
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

// fill is one batch. It returns the last item's key, or that all is done.
func (u *Upkeep) fill(tx *kv.Tx, body backfill, last kv.Key, run *task.Run) (kv.Key, bool, error) {
	t, err := table.Read(tx, table.Key(body.Account, body.Region, body.Table))
	if err != nil {
		return nil, false, err
	}
	x := filling(t, body)
	if x == nil { // the table or the index is gone
		return nil, true, run.Done(tx)
	}
	r := t.Segment(nil, 0, 1)
	if last != nil {
		r = r.After(last)
	}
	r.Limit = backfillBatch
	w, n := table.In(tx), 0
	for pair, err := range tx.Scan(r) {
		if err != nil {
			return nil, false, err
		}
		stored, err := table.Open(pair.Value)
		if err != nil {
			return nil, false, err
		}
		item, err := stored.Item()
		if err != nil {
			return nil, false, err
		}
		n, last = n+1, pair.Key
		if !schema.Fits(t, x, item) { // as AWS does: what does not fit is left out
			continue
		}
		if err := w.Backfill(t, x, item); err != nil {
			return nil, false, err
		}
	}
	if n == backfillBatch {
		return last, false, nil
	}
	x.Status = table.Active
	if err := t.Save(tx); err != nil {
		return nil, false, err
	}
	return last, true, run.Done(tx)
}

// filling returns the index that a backfill is for, if it still is.
func filling(t *table.Table, body backfill) *table.Index {
	if t == nil || t.ID != body.ID {
		return nil
	}
	for _, x := range t.Globals {
		if x.ID == body.Index && x.Status == table.Creating {
			return x
		}
	}
	return nil
}
