package standard

import (
	"fmt"
	"math"

	"maru.dev/maru/kv"
	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/history"
	"maru.dev/maru/service/states/machine"
)

// Place is where a page of executions left off: the last one's start and name.
type Place struct {
	Started int64
	Name    string
}

// before tells whether a place comes before another in a list: the latest
// start first.
func (p Place) before(q Place) bool {
	if p.Started != q.Started {
		return p.Started > q.Started
	}
	return p.Name > q.Name
}

// cursor is one status's part of a list.
type cursor struct {
	status engine.Status
	at     Place
	ok     bool
}

// List returns up to limit executions of a list, the latest first, from after a
// place on, that have one of the statuses and that want takes. more tells that
// there are others behind.
func (r *Runner) List(tx *kv.Tx, h machine.Home, list string, scopeOf func(name string) Key, statuses []engine.Status, after *Place, limit int, want func(*Execution) bool) (page []*Execution, more bool, err error) {
	cursors := make([]cursor, len(statuses))
	for i, status := range statuses {
		from := Place{math.MaxInt64, ""}
		if after != nil {
			from = *after
		}
		if cursors[i], err = next(tx, h, list, status, from); err != nil {
			return nil, false, err
		}
	}
	for {
		best := -1
		for i := range cursors {
			if cursors[i].ok && (best < 0 || cursors[i].at.before(cursors[best].at)) {
				best = i
			}
		}
		if best < 0 {
			return page, false, nil
		}
		c := &cursors[best]
		x, ok, err := Load(tx, scopeOf(c.at.Name))
		if err != nil {
			return nil, false, err
		}
		if ok && want(x) {
			if len(page) == limit {
				return page, true, nil
			}
			page = append(page, x)
		}
		if *c, err = next(tx, h, list, c.status, c.at); err != nil {
			return nil, false, err
		}
	}
}

// next finds the execution of a status that follows a place.
func next(tx *kv.Tx, h machine.Home, list string, status engine.Status, from Place) (cursor, error) {
	span := kv.Prefix(h.Key("s", list, int64(status)))
	span.To = h.Key("s", list, int64(status), from.Started, from.Name)
	span.Reverse, span.Limit = true, 1
	c := cursor{status: status}
	for pair, err := range tx.Scan(span) {
		if err != nil {
			return c, fmt.Errorf("list executions: %w", err)
		}
		if err := pair.Key.Scan(6, &c.at.Started, &c.at.Name); err != nil {
			return c, fmt.Errorf("read index of executions: %w", err)
		}
		c.ok = true
	}
	return c, nil
}

// Any tells whether a list has an execution of a status.
func Any(tx *kv.Tx, h machine.Home, list string, status engine.Status) (bool, error) {
	c, err := next(tx, h, list, status, Place{math.MaxInt64, ""})
	return c.ok, err
}

// Events returns up to limit events of a history from an id on, upwards or
// downwards.
func Events(tx *kv.Tx, k Key, from int64, reverse bool, limit int) ([]history.Event, error) {
	span := kv.Prefix(k.events())
	if reverse {
		span.To, span.Reverse = k.chunkKey(from+1), true
	} else {
		for pair, err := range tx.Scan(kv.Range{From: k.events(), To: k.chunkKey(from + 1), Reverse: true, Limit: 1}) {
			if err != nil {
				return nil, fmt.Errorf("load history: %w", err)
			}
			span.From = pair.Key
		}
	}
	var out []history.Event
	for pair, err := range tx.Scan(span) {
		if err != nil {
			return nil, fmt.Errorf("load history: %w", err)
		}
		events, err := history.Decode(pair.Value)
		if err != nil {
			return nil, err
		}
		for i := range events {
			e := &events[i]
			if reverse {
				e = &events[len(events)-1-i]
			}
			if reverse && e.ID > from || !reverse && e.ID < from {
				continue
			}
			if len(out) == limit {
				return out, nil
			}
			out = append(out, *e)
		}
	}
	return out, nil
}
