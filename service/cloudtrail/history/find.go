package history

import (
	"fmt"
	"slices"
	"time"

	api "maru.dev/maru/api/cloudtrail"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
)

// Query is what events are looked for.
type Query struct {
	From, To int64      // nanoseconds since 1970; To is not included
	With     *Attribute // nil: any event
	After    *Place     // where the page before ended, if there was one
	Limit    int
}

// end is the place before which all events are that q looks for.
func (q *Query) end() Place {
	if q.After != nil && q.After.Nanos < q.To {
		return *q.After
	}
	return Place{Nanos: q.To}
}

// wants tells whether an event is looked for.
func (q *Query) wants(e *Event) bool {
	return e.Nanos >= q.From && e.compare(q.end()) < 0 && (q.With == nil || e.has(*q.With))
}

// Find returns the newest events that a query looks for, the newest first.
func (l Log) Find(tx *kv.Tx, q Query) ([]Event, error) {
	among := l.blocks()
	if q.With != nil {
		among = l.index(*q.With)
		if ms, ok := ids.TimeOf(q.With.Value); ok && q.With.Key == api.LookupAttributeKeyEventId {
			q.From = max(q.From, ms*int64(time.Millisecond))
			q.To = min(q.To, (ms+1)*int64(time.Millisecond))
			among = l.blocks()
		}
	}
	if q.From >= q.To {
		return nil, nil
	}
	found, err := l.loose(tx, &q)
	if err != nil {
		return nil, err
	}
	packed, err := l.packed(tx, &q, among)
	if err != nil {
		return nil, err
	}
	found = append(found, packed...)
	slices.SortFunc(found, func(a, b Event) int { return b.compare(a.Place) })
	return found[:min(len(found), q.Limit)], nil
}

// loose finds events that are in no block.
func (l Log) loose(tx *kv.Tx, q *Query) (found []Event, err error) {
	m, err := l.mark(tx)
	if err != nil {
		return nil, err
	}
	from := Place{Nanos: q.From}
	if from.compare(m.Folded) < 0 {
		from = m.Folded
	}
	r := kv.Range{From: l.eventKey(from), To: l.eventKey(q.end()), Reverse: true}
	for row, err := range kv.Scan[Event](tx, r) {
		if err != nil {
			return nil, fmt.Errorf("look through events: %w", err)
		}
		if !q.wants(&row.Value) {
			continue
		}
		if found = append(found, row.Value); len(found) == q.Limit {
			break
		}
	}
	return found, nil
}

// packed finds events in the blocks whose places stand behind a beginning of
// keys.
func (l Log) packed(tx *kv.Tx, q *Query, among kv.Key) (found []Event, err error) {
	end := q.end().at(among)
	// The newest that are wanted may be in the block that goes beyond them.
	beyond := kv.Range{From: end, To: kv.Prefix(among).To, Limit: 1}
	for _, r := range []kv.Range{beyond, {From: among.With(q.From), To: end, Reverse: true}} {
		for row, err := range tx.Scan(r) {
			if err != nil {
				return nil, fmt.Errorf("look for blocks: %w", err)
			}
			at, err := placeOf(row.Key)
			if err != nil {
				return nil, err
			}
			b, ok, err := kv.Get[block](tx, at.at(l.blocks()))
			if err != nil || !ok {
				return nil, fmt.Errorf("read block at %v: there %t: %w", at, ok, err)
			}
			for _, e := range slices.Backward(b.Events) {
				if q.wants(&e) {
					found = append(found, e)
				}
			}
			if len(found) >= q.Limit {
				return found, nil
			}
		}
	}
	return found, nil
}
