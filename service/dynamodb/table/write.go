package table

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/service/dynamodb/stream"
)

// errTorn is an item row that is not what encodeRow wrote.
var errTorn = errors.New("item row is torn")

// encodeRow returns the stored form of an item: its size as DynamoDB counts
// it, so that nobody has to decode an item to know it, and the item.
func encodeRow(item attr.Item, size int) []byte {
	b := make([]byte, 0, size+6*len(item)+16)
	return item.Append(binary.AppendUvarint(b, uint64(size)))
}

// Stored is an item as it lies in the store.
type Stored struct {
	raw  []byte
	Size int // as DynamoDB counts it
}

// Open reads the head of a row's value.
func Open(raw []byte) (Stored, error) {
	size, n := binary.Uvarint(raw)
	if n <= 0 {
		return Stored{}, errTorn
	}
	return Stored{raw: raw[n:], Size: int(size)}, nil
}

// Item decodes the item.
func (s Stored) Item() (attr.Item, error) { return attr.Decode(s.raw) }

// Raw is the item as it is, for a reply.
func (s Stored) Raw() attr.Raw { return s.raw }

// Get returns the item at row, if there is one.
func Get(tx *kv.Tx, row Row) (Stored, bool, error) {
	raw, ok, err := tx.Get(row.Key)
	if err != nil || !ok {
		return Stored{}, false, err
	}
	s, err := Open(raw)
	return s, err == nil, err
}

// Change is an item before and after. Old is nil when there was none, New when
// it goes.
type Change struct {
	Row     Row
	Old     attr.Item
	OldSize int
	New     attr.Item
	NewSize int
	Expired bool // a deletion by time to live
	At      time.Time
	// Had tells whether there was an item. Old need not be decoded while
	// nothing depends on more than its size (see NeedsOld).
	Had bool
}

// NeedsOld tells whether a change to t must know the item as it was.
func (t *Table) NeedsOld() bool { return len(t.all) > 0 || t.Streaming() || t.TTL != "" }

// Usage is what a change writes, in bytes for the table and each index, as
// capacity is counted: the larger of what was and what is, zero where nothing
// is written. An index row that moves is written twice.
type Usage struct {
	Table   int
	Indexes [][2]int // by the index's place
}

// Write counts the records of one transaction.
type Write struct {
	tx      *kv.Tx
	records uint64
	woken   map[string]bool
}

// In starts the writes of a transaction. It is made inside the closure.
func In(tx *kv.Tx) *Write { return &Write{tx: tx} }

// Apply writes c: the item, its index rows, its expiry time, the counters and
// the stream record.
func (w *Write) Apply(t *Table, c Change) (Usage, error) {
	u := Usage{Table: max(c.OldSize, c.NewSize, 1)}
	if c.New == nil {
		if !c.Had {
			return u, nil
		}
		if err := w.tx.Delete(c.Row.Key); err != nil {
			return u, err
		}
	} else if err := w.tx.Put(c.Row.Key, encodeRow(c.New, c.NewSize)); err != nil {
		return u, err
	}
	if err := w.tally(t.count, c.Had, c.New != nil, c.OldSize, c.NewSize); err != nil {
		return u, err
	}
	if !t.NeedsOld() || c.Had && c.New != nil && attr.EqualItems(c.Old, c.New) {
		return u, nil
	}
	if len(t.all) > 0 {
		u.Indexes = make([][2]int, len(t.all))
	}
	for i, x := range t.all {
		var err error
		if u.Indexes[i], err = w.index(x, c); err != nil {
			return u, err
		}
	}
	if err := w.expiry(t, c); err != nil {
		return u, err
	}
	return u, w.record(t, c)
}

// tally keeps the counter of a table or an index.
func (w *Write) tally(count kv.Key, had, has bool, oldSize, newSize int) error {
	items := int64(0)
	switch {
	case has && !had:
		items = 1
	case had && !has:
		items = -1
	case newSize == oldSize:
		return nil
	}
	return w.tx.AddPair(count, items, int64(newSize-oldSize))
}

// index brings x up to date with c, and returns what that wrote.
func (w *Write) index(x *Index, c Change) (used [2]int, err error) {
	var oldKey, newKey kv.Key
	var had, has bool
	if c.Old != nil {
		oldKey, had = x.row(c.Old, c.Row)
	}
	if c.New != nil {
		newKey, has = x.row(c.New, c.Row)
	}
	if !had && !has {
		return used, nil
	}
	var old, now attr.Item
	var oldSize, newSize int
	if had {
		old = x.project(c.Old)
		oldSize = old.Size()
	}
	if has {
		now = x.project(c.New)
		newSize = now.Size()
	}
	moved := had && has && string(oldKey) != string(newKey)
	if had && has && !moved && attr.EqualItems(old, now) {
		return used, nil
	}
	if had && (!has || moved) {
		used[0] = max(oldSize, 1)
		if err := w.tx.Delete(oldKey); err != nil {
			return used, err
		}
	}
	if has {
		used[1] = max(newSize, 1)
		if had && !moved {
			used[1] = max(used[1], oldSize)
		}
		if err := w.tx.Put(newKey, encodeRow(now, newSize)); err != nil {
			return used, err
		}
	}
	return used, w.tally(x.count, had, has, oldSize, newSize)
}

// expiry keeps the row by which an item is found once its time has come.
func (w *Write) expiry(t *Table, c Change) error {
	if t.TTL == "" {
		return nil
	}
	before, had := Expiry(c.Old, t.TTL)
	after, has := Expiry(c.New, t.TTL)
	if had == has && before == after {
		return nil
	}
	if had {
		if err := w.tx.Delete(c.Row.under(t.expiry.With(before))); err != nil {
			return err
		}
	}
	if has {
		return w.tx.Put(c.Row.under(t.expiry.With(after)), []byte{})
	}
	return nil
}

// Expiry returns the second at which an item expires, if its attribute says one.
func Expiry(item attr.Item, name string) (second int64, ok bool) {
	v := item.Get(name)
	if v.Kind != attr.Number {
		return 0, false
	}
	whole, _, _ := strings.Cut(v.Text, ".")
	second, err := strconv.ParseInt(whole, 10, 64)
	return second, err == nil && second >= 0
}

// AddExpiry writes the expiry row of an item that is there already.
func (t *Table) AddExpiry(tx *kv.Tx, row Row, item attr.Item) error {
	second, ok := Expiry(item, t.TTL)
	if !ok {
		return nil
	}
	return tx.Put(row.under(t.expiry.With(second)), []byte{})
}

// traceOf is the trace in which a change is made, if it is kept: what reads the
// stream goes on in it.
func traceOf(ctx context.Context) string {
	if trace := call.From(ctx).TraceID; strings.Contains(trace, ";Sampled=1") {
		return trace
	}
	return ""
}

// record writes the change to the table's stream.
func (w *Write) record(t *Table, c Change) error {
	if !t.Streaming() {
		return nil
	}
	r := stream.Record{Event: stream.Modify, Expired: c.Expired, At: c.At, Trace: traceOf(w.tx.Context())}
	whole := c.New
	switch {
	case !c.Had:
		r.Event = stream.Insert
	case c.New == nil:
		r.Event, whole = stream.Remove, c.Old
	}
	r.Keys = t.KeyOf(whole)
	if v := t.Stream.View; c.Had && (v == stream.OldImage || v == stream.BothImage) {
		r.Old = c.Old
	}
	if v := t.Stream.View; c.New != nil && (v == stream.NewImage || v == stream.BothImage) {
		r.New = c.New
	}
	if err := t.streams.Write(w.tx, t.Stream.ID, t.Stream.Shard(c.Row.hash()), w.records, r); err != nil {
		return err
	}
	w.records++
	if !w.woken[t.Stream.ID] {
		if w.woken == nil {
			w.woken = make(map[string]bool, 1)
		}
		w.woken[t.Stream.ID] = true
		w.tx.Wake(t.streamTopic)
	}
	return nil
}

// Backfill writes the row of x for an item that is there already, unless it
// has one.
func (w *Write) Backfill(t *Table, x *Index, item attr.Item) error {
	key, ok := x.row(item, t.Row(item))
	if !ok {
		return nil
	}
	if _, there, err := w.tx.Get(key); err != nil || there {
		return err
	}
	row := x.project(item)
	size := row.Size()
	if err := w.tx.Put(key, encodeRow(row, size)); err != nil {
		return err
	}
	return w.tally(x.count, false, true, 0, size)
}

// Due is an item whose time has come.
type Due struct {
	Row    Row
	Second int64
	key    kv.Key
}

// Expired returns up to limit items that expire between two seconds, and the
// second at which the next one does (0 is never).
func (t *Table) Expired(tx *kv.Tx, from, before int64, limit int) (due []Due, next int64, err error) {
	r := kv.Prefix(t.expiry)
	r.From = t.expiry.With(from)
	r.Limit = limit + 1
	for pair, err := range tx.Scan(r) {
		if err != nil {
			return nil, 0, fmt.Errorf("scan expiry times: %w", err)
		}
		d := Due{key: pair.Key}
		into := []any{&d.Second, &d.Row.part}
		if t.Range != "" {
			into = append(into, &d.Row.sort)
		}
		// account, region, dynamodb, ttl, id, second, partition, sort
		if err := pair.Key.Scan(5, into...); err != nil {
			return nil, 0, fmt.Errorf("read expiry time: %w", err)
		}
		if d.Second >= before || len(due) == limit {
			return due, d.Second, nil
		}
		d.Row.Key = d.Row.under(t.items)
		due = append(due, d)
	}
	return due, 0, nil
}

// ForgetDue removes the expiry row of an item that is not there any more.
func (t *Table) ForgetDue(tx *kv.Tx, d Due) error { return tx.Delete(d.key) }
