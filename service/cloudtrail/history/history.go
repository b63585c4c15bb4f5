// Package history is how the events of an account in a region are kept: the
// latest in a row each, older ones many to a row, compressed and with an index,
// so that an event costs a call little and the disk less.
//
// # Storage
//
// Under the prefix that a Log is given:
//
//	e time id                  → event that is in no block yet
//	b time id                  → block of events, under the place of its newest
//	i attribute value time id  → index: this block has events with that value
//	y                          → mark: up to where events have been folded
//
// # Invariants
//
// Blocks do not overlap: each event is in the first block whose place is not
// before its own, or in a row of its own. A block and its index rows are written
// and removed together. No event has a row before the mark's place: who goes over
// these rows need not pass those that were removed.
//
// # Cost
//
// A look goes over the events that are in no block yet, of which there are few as
// long as somebody calls Fold, and unpacks a block for each one that the index
// names; each of these has an event that is looked for.
package history

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	api "maru.dev/maru/api/cloudtrail"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/cloudtrail/record"
)

// MaxAttribute is the longest value, in bytes, by which events can be looked up.
const MaxAttribute = 2000

// Place is where an event stands in the order of a history.
type Place struct {
	Nanos int64 // since 1970
	ID    string
}

// compare is negative if p is before q.
func (p Place) compare(q Place) int {
	return cmp.Or(cmp.Compare(p.Nanos, q.Nanos), strings.Compare(p.ID, q.ID))
}

// behind is the place right behind p.
func (p Place) behind() Place { return Place{p.Nanos, p.ID + "\x00"} }

// Time is when the event was.
func (p Place) Time() time.Time { return time.Unix(0, p.Nanos).UTC() }

// Event is what is kept of an event.
type Event struct {
	Place

	Name      string
	Source    string
	ReadOnly  bool
	User      string            `cbor:",omitempty"`
	AccessKey string            `cbor:",omitempty"`
	Resources []record.Resource `cbor:",omitempty"`
	JSON      []byte            // the record
}

// Attribute is a value by which events can be looked up; Key is one of
// api.LookupAttributeKey.
type Attribute struct{ Key, Value string }

// attributes are those of an event. Its ID is none of them if its time can be
// read from it.
func (e *Event) attributes() []Attribute {
	out := []Attribute{
		{api.LookupAttributeKeyEventName, e.Name},
		{api.LookupAttributeKeyEventSource, e.Source},
		{api.LookupAttributeKeyReadOnly, strconv.FormatBool(e.ReadOnly)},
	}
	if _, ok := ids.TimeOf(e.ID); !ok {
		out = append(out, Attribute{api.LookupAttributeKeyEventId, e.ID})
	}
	add := func(key, value string) {
		if value != "" && len(value) <= MaxAttribute {
			out = append(out, Attribute{key, value})
		}
	}
	add(api.LookupAttributeKeyUsername, e.User)
	add(api.LookupAttributeKeyAccessKeyId, e.AccessKey)
	for _, r := range e.Resources {
		add(api.LookupAttributeKeyResourceType, r.Type)
		add(api.LookupAttributeKeyResourceName, r.Name)
	}
	return out
}

// has tells whether an event has an attribute.
func (e *Event) has(a Attribute) bool {
	if a.Key == api.LookupAttributeKeyEventId {
		return e.ID == a.Value
	}
	return slices.Contains(e.attributes(), a)
}

// Log is the history of an account in a region.
type Log struct {
	prefix kv.Key
}

// New returns the log below a prefix.
func New(prefix kv.Key) Log { return Log{prefix} }

// events begins the keys of events that are in no block.
func (l Log) events() kv.Key { return l.prefix.With("e") }

// eventKey is the row of an event that is in no block.
func (l Log) eventKey(p Place) kv.Key { return p.at(l.events()) }

// blocks begins the keys of blocks.
func (l Log) blocks() kv.Key { return l.prefix.With("b") }

// index begins the keys of blocks that have events with an attribute.
func (l Log) index(a Attribute) kv.Key { return l.prefix.With("i", a.Key, a.Value) }

// at is a place behind the beginning of a key.
func (p Place) at(begin kv.Key) kv.Key { return begin.With(p.Nanos, p.ID) }

// placeOf reads the place that a key ends with.
func placeOf(key kv.Key) (p Place, err error) {
	parts, err := key.Parts()
	if err != nil || len(parts) < 2 {
		return p, fmt.Errorf("read place of %v: %w", key, err)
	}
	p.Nanos, _ = parts[len(parts)-2].(int64)
	p.ID, _ = parts[len(parts)-1].(string)
	return p, nil
}

// mark is how far a log is folded.
type mark struct {
	Folded Place // no row of an event is before it
	Armed  bool  // somebody will call Fold
}

// markKey is the mark's row.
func (l Log) markKey() kv.Key { return l.prefix.With("y") }

// mark reads the mark.
func (l Log) mark(tx *kv.Tx) (mark, error) {
	m, _, err := kv.Get[mark](tx, l.markKey())
	if err != nil {
		return m, fmt.Errorf("read mark: %w", err)
	}
	return m, nil
}

// Add writes events. If it says so, nobody has undertaken to Fold before, and the
// caller does.
func (l Log) Add(tx *kv.Tx, events []Event) (arm bool, err error) {
	m, err := l.mark(tx)
	if err != nil {
		return false, err
	}
	before := m
	m.Armed = true
	for i := range events {
		e := &events[i]
		if err := kv.Put(tx, l.eventKey(e.Place), *e); err != nil {
			return false, fmt.Errorf("write event: %w", err)
		}
		if e.compare(m.Folded) < 0 {
			m.Folded = e.Place
		}
	}
	if m == before {
		return false, nil
	}
	return !before.Armed, kv.Put(tx, l.markKey(), m)
}

// Rest ends what Add began, if there is no event in a row of its own that is at
// least as new as a time (nanoseconds since 1970).
func (l Log) Rest(tx *kv.Tx, since int64) (ended bool, err error) {
	m, err := l.mark(tx)
	if err != nil {
		return false, err
	}
	r := kv.Range{From: l.events().With(since), To: kv.Prefix(l.events()).To, Limit: 1}
	for _, err := range tx.Scan(r) {
		return false, err
	}
	m.Armed = false
	return true, kv.Put(tx, l.markKey(), m)
}
