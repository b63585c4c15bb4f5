package task

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"maru.dev/maru/kv"
)

// How much of the store is read at a time.
const (
	newsPage  = 4096
	indexPage = 2048
	trimAfter = 8192 // read news that are deleted at once
)

// view reads the store. When it has been emptied, it forgets what it knew and
// begins anew.
func (w *worker) view(ctx context.Context, fn func(tx *kv.Tx) error) error {
	err := w.store.View(ctx, func(tx *kv.Tx) error {
		if err := w.present(tx); err != nil {
			return err
		}
		return fn(tx)
	})
	if !errors.Is(err, errReset) {
		return err
	}
	w.log.Info("the store was emptied; tasks begin anew")
	w.plan.reset()
	w.heard, w.swept = nil, nil
	return w.enlist(ctx)
}

// scan reads rows of hints. One that cannot be read is of no kind, so that it
// stays where it is and holds up none of the others.
func scan(tx *kv.Tx, page kv.Range) iter.Seq2[kv.Row[hint], error] {
	return func(yield func(kv.Row[hint], error) bool) {
		for pair, err := range tx.Scan(page) {
			row := kv.Row[hint]{Key: pair.Key}
			if err == nil {
				row.Value, _ = read[hint](pair.Value)
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// handled tells whether a task of a kind is for this process at all.
func (w *worker) handled(h hint) bool {
	_, ok := w.handlers[h.Kind]
	return ok
}

// listen skips the news that there are: all of it is in the index.
func (w *worker) listen(ctx context.Context) error {
	return w.view(ctx, func(tx *kv.Tx) error {
		last := kv.Prefix(newsKey())
		last.Reverse, last.Limit = true, 1
		for pair, err := range tx.Scan(last) {
			if err != nil {
				return fmt.Errorf("find end of news: %w", err)
			}
			w.heard = pair.Key
		}
		return nil
	})
}

// hear reads news since the last time, a page at most, and tells whether there
// may be more.
func (w *worker) hear(ctx context.Context) (more bool, err error) {
	now := w.clock.Now()
	n := 0
	err = w.view(ctx, func(tx *kv.Tx) error {
		page := kv.Prefix(newsKey())
		if w.heard != nil {
			page = page.After(w.heard)
		}
		page.Limit = newsPage
		for row, err := range scan(tx, page) {
			if err != nil {
				return fmt.Errorf("read news: %w", err)
			}
			var id string
			if err := row.Key.Scan(5, &id); err != nil {
				return fmt.Errorf("read key of news: %w", err)
			}
			n++
			w.heard = row.Key
			if w.handled(row.Value) {
				w.plan.admit(place{row.Value.Due, ID(id)}, row.Value.Owner, now)
			}
		}
		return nil
	})
	w.untrimmed += n
	return n == newsPage, err
}

// trim deletes the news that have been read.
func (w *worker) trim(ctx context.Context) error {
	if w.untrimmed == 0 {
		return nil
	}
	w.untrimmed = 0
	if w.heard == nil {
		return nil
	}
	old := kv.Prefix(newsKey())
	old.To = w.heard // itself stays, as the mark of where the news are
	err := w.store.Update(ctx, func(tx *kv.Tx) error { return tx.DeleteRange(old) })
	if err != nil {
		return fmt.Errorf("trim news: %w", err)
	}
	return nil
}

// readIndex reads on in the index of all tasks, from the cursor.
func (w *worker) readIndex(ctx context.Context) error {
	now := w.clock.Now()
	return w.view(ctx, func(tx *kv.Tx) error {
		page := kv.Prefix(root("d"))
		if w.plan.cursor.id != "" {
			page = page.After(dueKey(w.plan.cursor.due, w.plan.cursor.id))
		}
		page.Limit = indexPage
		n := 0
		for row, err := range scan(tx, page) {
			if err != nil {
				return fmt.Errorf("read index of tasks: %w", err)
			}
			n++
			p, err := placeOf(row.Key, 4)
			if err != nil {
				return err
			}
			w.plan.cursor = p
			if w.handled(row.Value) {
				w.plan.admit(p, row.Value.Owner, now)
			}
		}
		if n < indexPage {
			w.plan.complete = true
		}
		return nil
	})
}

// placeOf reads the place at the end of an index's key, from a part on.
func placeOf(key kv.Key, from int) (place, error) {
	var (
		due time.Time
		id  string
	)
	if err := key.Scan(from, &due, &id); err != nil {
		return place{}, fmt.Errorf("read key of task index: %w", err)
	}
	return place{due, ID(id)}, nil
}

// refillLanes reads more for the lanes that are short of it.
func (w *worker) refillLanes(ctx context.Context) error {
	hungry := w.plan.hungry()
	if len(hungry) == 0 {
		return nil
	}
	now := w.clock.Now()
	return w.view(ctx, func(tx *kv.Tx) error {
		for _, l := range hungry {
			if err := w.refillLane(tx, l, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// refillLane reads what is due in a lane, as much as the lane takes.
func (w *worker) refillLane(tx *kv.Tx, l *lane, now time.Time) error {
	from := w.plan.refill(l)
	page := kv.Prefix(laneKey(l.owner))
	page.From = laneKey(l.owner).With(from.due, string(from.id))
	page.To = laneKey(l.owner).With(now.Add(1)) // a time that sorts after all that is due
	page.Limit = maxLane + w.workers
	n, last := 0, from
	for row, err := range scan(tx, page) {
		if err != nil {
			w.plan.overflow(l, last)
			return fmt.Errorf("read lane of tasks: %w", err)
		}
		p, err := placeOf(row.Key, 5)
		if err != nil {
			return err
		}
		n++
		last = p
		if _, known := w.plan.known[p.id]; !known && w.handled(row.Value) {
			w.plan.line(p, l.owner)
		}
		if l.more {
			return nil // it is full
		}
	}
	if n == page.Limit {
		w.plan.overflow(l, last)
	}
	w.plan.tidy(l)
	return nil
}

// sweep looks for due tasks that this node has not heard of, since another node
// trimmed the news or died with them. It reads a page at a time and begins
// again at the head when it has come to what is not due.
func (w *worker) sweep(ctx context.Context) error {
	now := w.clock.Now()
	return w.view(ctx, func(tx *kv.Tx) error {
		page := kv.Prefix(root("d"))
		page.To = root("d").With(now.Add(1))
		if w.swept != nil {
			page = page.After(w.swept)
		}
		page.Limit = indexPage
		w.swept = nil
		n := 0
		for row, err := range scan(tx, page) {
			if err != nil {
				return fmt.Errorf("sweep tasks: %w", err)
			}
			p, err := placeOf(row.Key, 4)
			if err != nil {
				return err
			}
			if w.handled(row.Value) {
				w.plan.admit(p, row.Value.Owner, now)
			}
			if n++; n == indexPage {
				w.swept = row.Key
			}
		}
		return nil
	})
}
