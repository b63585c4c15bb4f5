package history

import (
	"context"
	"fmt"
	"math"
	"slices"

	"maru.dev/maru/kv"
)

// Fold moves events that are in no block and older than a time (nanoseconds since
// 1970) into blocks, and tells whether there were any: fewer than a block has are
// left where they are, until others come. Two may fold at once.
func (l Log) Fold(ctx context.Context, st *kv.Store, before int64) (folded bool, err error) {
	var begin mark
	err = st.View(ctx, func(tx *kv.Tx) (err error) {
		begin, err = l.mark(tx)
		return err
	})
	if err != nil {
		return false, err
	}
	for from := begin.Folded; ; folded = true {
		var next Place
		err := st.Update(ctx, func(tx *kv.Tx) (err error) {
			next, err = l.foldNext(tx, from, before)
			return err
		})
		if err != nil {
			return folded, err
		}
		if next != from {
			from = next
			continue
		}
		if !folded {
			return false, nil
		}
		return true, st.Update(ctx, func(tx *kv.Tx) error { return l.advance(tx, begin.Folded, from) })
	}
}

// FoldAll moves all events into blocks, of which the last may have few: none is
// left in a row of its own. Nobody adds any meanwhile.
func (l Log) FoldAll(ctx context.Context, st *kv.Store) error {
	if _, err := l.Fold(ctx, st, math.MaxInt64); err != nil {
		return err
	}
	return st.Update(ctx, func(tx *kv.Tx) error {
		m, err := l.mark(tx)
		if err != nil {
			return err
		}
		var events []Event
		for row, err := range kv.Scan[Event](tx, kv.Range{From: l.eventKey(m.Folded), To: kv.Prefix(l.events()).To}) {
			if err != nil {
				return fmt.Errorf("read last events: %w", err)
			}
			events = append(events, row.Value)
			if err := tx.Delete(row.Key); err != nil {
				return fmt.Errorf("remove event: %w", err)
			}
		}
		return l.Pack(tx, events)
	})
}

// advance moves the mark from a place to one before which there was no event,
// or to the first that has come there since.
func (l Log) advance(tx *kv.Tx, from, to Place) error {
	m, err := l.mark(tx)
	if err != nil || m.Folded != from {
		return err // it was set back, or somebody else has moved it
	}
	m.Folded = to
	r := kv.Range{From: l.eventKey(from), To: l.eventKey(to), Limit: 1}
	for row, err := range tx.Scan(r) {
		if err != nil {
			return fmt.Errorf("look for late events: %w", err)
		}
		if m.Folded, err = placeOf(row.Key); err != nil {
			return err
		}
	}
	return kv.Put(tx, l.markKey(), m)
}

// foldNext moves the first events that are not before a place, and returns the
// place behind them.
func (l Log) foldNext(tx *kv.Tx, from Place, before int64) (Place, error) {
	r := kv.Range{From: l.eventKey(from), To: l.events().With(before), Limit: blockEvents}
	var events []Event
	for row, err := range kv.Scan[Event](tx, r) {
		if err != nil {
			return from, fmt.Errorf("read events: %w", err)
		}
		events = append(events, row.Value)
	}
	if len(events) == 0 {
		return from, nil
	}
	late, err := l.from(tx, events[0].Place)
	switch {
	case err != nil:
		return from, err
	case late != nil:
		// Some came so late that their place is in a block.
		n, _ := slices.BinarySearchFunc(events, late.place(), func(e Event, p Place) int { return e.compare(p) })
		events = events[:n]
	case len(events) < blockEvents:
		return from, nil
	}
	next := events[len(events)-1].behind()
	for i := range events {
		if err := tx.Delete(l.eventKey(events[i].Place)); err != nil {
			return from, fmt.Errorf("remove event: %w", err)
		}
	}
	if late != nil {
		if err := l.remove(tx, late); err != nil {
			return from, err
		}
		events = append(events, late.Events...)
		slices.SortFunc(events, func(a, b Event) int { return a.compare(b.Place) })
	}
	return next, l.Pack(tx, events)
}

const (
	// expireBlocks and expireEvents are how much one transaction removes.
	expireBlocks = 4
	expireEvents = 200
)

// Expire removes some of what is older than a time (nanoseconds since 1970), and
// tells whether there may be more. A block goes when all of it is older.
func (l Log) Expire(tx *kv.Tx, cutoff int64) (more bool, err error) {
	blocks := kv.Range{From: l.blocks(), To: l.blocks().With(cutoff), Limit: expireBlocks}
	n := 0
	for row, err := range kv.Scan[block](tx, blocks) {
		if err != nil {
			return false, fmt.Errorf("read old block: %w", err)
		}
		n++
		if err := l.remove(tx, &row.Value); err != nil {
			return false, err
		}
	}
	more = n == expireBlocks
	m, err := l.mark(tx)
	if err != nil {
		return false, err
	}
	n = 0
	events := kv.Range{From: l.eventKey(m.Folded), To: l.events().With(cutoff), Limit: expireEvents}
	for row, err := range tx.Scan(events) {
		if err != nil {
			return false, fmt.Errorf("read old event: %w", err)
		}
		n++
		if err := tx.Delete(row.Key); err != nil {
			return false, fmt.Errorf("remove old event: %w", err)
		}
	}
	return more || n == expireEvents, nil
}
