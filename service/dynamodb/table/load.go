package table

import (
	"fmt"

	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// topic is what wakes readers of a stream.
func topic(arn string) kv.Key { return service.Topic(arn) }

// Cache keeps descriptions decoded, with what is derived from them.
type Cache struct{ tables *kv.Cache[Table] }

// maxCached is how many descriptions a Cache keeps.
const maxCached = 10_000

// NewCache returns an empty Cache.
func NewCache() Cache { return Cache{kv.NewCache(maxCached, (*Table).derive)} }

// Load returns the table at key (see Key), or nil when there is none. Its
// description is part of what the transaction has read: a change to the table
// makes it run again.
func (c Cache) Load(tx *kv.Tx, key kv.Key) (*Table, error) {
	t, _, err := c.tables.Get(tx, key)
	if err != nil {
		return nil, fmt.Errorf("load table: %w", err)
	}
	return t, nil
}

// Read returns the table at key, decoded for the caller alone, who may change
// it and Save it. It is nil when there is none.
func Read(tx *kv.Tx, key kv.Key) (*Table, error) {
	t, ok, err := kv.Get[Table](tx, key)
	if err != nil {
		return nil, fmt.Errorf("load table: %w", err)
	}
	if !ok {
		return nil, nil
	}
	t.derive()
	return &t, nil
}

// Begin tells the store that t is new: there are no items yet.
func (t *Table) Begin(tx *kv.Tx) {
	t.derive()
	tx.Fresh(t.items)
}

// missesEvery is after how many items that were not there the store is told of
// them: a table that is only read, or whose items only change, needs no more.
const missesEvery = 256

// Missed tells that a change has found no item, for which the store had to look
// if t is older than the process: it had better know the keys that there are.
func (t *Table) Missed(tx *kv.Tx) {
	if t.missed.Add(1)%missesEvery == 0 {
		tx.Fresh(t.items)
	}
}

// Save writes t's description.
func (t *Table) Save(tx *kv.Tx) error {
	t.derive()
	if err := kv.Put(tx, Key(t.Account, t.Region, t.Name), *t); err != nil {
		return fmt.Errorf("save table: %w", err)
	}
	return nil
}

// Drop removes t with its items, index rows, counters and expiry times. Its
// streams stay.
func (t *Table) Drop(tx *kv.Tx) error {
	for _, x := range t.all {
		if err := t.DropIndex(tx, x); err != nil {
			return err
		}
	}
	for _, prefix := range []kv.Key{t.items, t.expiry} {
		if err := tx.DeleteRange(kv.Prefix(prefix)); err != nil {
			return fmt.Errorf("drop table: %w", err)
		}
	}
	for _, key := range []kv.Key{t.count, t.bytes, Key(t.Account, t.Region, t.Name)} {
		if err := tx.Delete(key); err != nil {
			return fmt.Errorf("drop table: %w", err)
		}
	}
	return nil
}

// DropIndex removes the rows and counters of x.
func (t *Table) DropIndex(tx *kv.Tx, x *Index) error {
	if err := tx.DeleteRange(kv.Prefix(x.rows)); err != nil {
		return fmt.Errorf("drop index: %w", err)
	}
	if err := tx.Delete(x.count); err != nil {
		return fmt.Errorf("drop index: %w", err)
	}
	return tx.Delete(x.bytes)
}

// DropExpiry forgets all expiry times.
func (t *Table) DropExpiry(tx *kv.Tx) error { return tx.DeleteRange(kv.Prefix(t.expiry)) }

// Totals returns the number of t's items and their size.
func (t *Table) Totals(tx *kv.Tx) (items, size int64, err error) { return totals(tx, t.count, t.bytes) }

// Totals returns the number of x's rows and their size.
func (x *Index) Totals(tx *kv.Tx) (items, size int64, err error) { return totals(tx, x.count, x.bytes) }

// totals reads the counter of items and their size, and the second one in which
// earlier programs counted sizes: what they had come to stays there.
func totals(tx *kv.Tx, count, bytes kv.Key) (int64, int64, error) {
	n, size, err := tx.CountPair(count)
	if err != nil {
		return 0, 0, err
	}
	before, err := tx.Count(bytes)
	return n, size + before, err
}

// StreamTopic is what wakes readers of t's stream.
func (t *Table) StreamTopic() kv.Key { return t.streamTopic }
