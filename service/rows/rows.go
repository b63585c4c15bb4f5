// Package rows keeps a service's records: each kind of them in a table below the
// key of the account and region that they live in.
package rows

import (
	"fmt"

	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// Table is a kind of record: where its rows live. Records that belong to
// another have its ids as the first parts of theirs.
type Table[T any] struct {
	Service string // the package's name, which keys begin with after the home
	Name    string // the folder
	// Missing is the error where a record is asked for that is not there; id is
	// the last of its ids.
	Missing func(at service.Home, id string) error
}

// Key is where the record with these ids lives, or where those below them do.
func (t Table[T]) Key(at service.Home, ids ...string) kv.Key {
	k := kv.NewKey(at.Account, at.Region, t.Service, t.Name)
	for _, id := range ids {
		k = k.With(id)
	}
	return k
}

// Get reads a record, if it is there.
func (t Table[T]) Get(tx *kv.Tx, at service.Home, ids ...string) (T, bool, error) {
	v, ok, err := kv.Get[T](tx, t.Key(at, ids...))
	if err != nil {
		return v, false, fmt.Errorf("load %s: %w", t.Name, err)
	}
	return v, ok, nil
}

// Need reads a record that a request names; a missing one is the caller's error.
func (t Table[T]) Need(tx *kv.Tx, at service.Home, ids ...string) (T, error) {
	v, ok, err := t.Get(tx, at, ids...)
	if err == nil && !ok {
		err = t.Missing(at, ids[len(ids)-1])
	}
	return v, err
}

// Put writes a record.
func (t Table[T]) Put(tx *kv.Tx, v T, at service.Home, ids ...string) error {
	return kv.Put(tx, t.Key(at, ids...), v)
}

// Delete removes a record.
func (t Table[T]) Delete(tx *kv.Tx, at service.Home, ids ...string) error {
	return tx.Delete(t.Key(at, ids...))
}

// All reads the records below ids, in the order of their keys.
func (t Table[T]) All(tx *kv.Tx, at service.Home, ids ...string) ([]T, error) {
	var list []T
	for row, err := range kv.Scan[T](tx, kv.Prefix(t.Key(at, ids...))) {
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", t.Name, err)
		}
		list = append(list, row.Value)
	}
	return list, nil
}

// Drop removes the records below ids.
func (t Table[T]) Drop(tx *kv.Tx, at service.Home, ids ...string) error {
	return tx.DeleteRange(kv.Prefix(t.Key(at, ids...)))
}

// Count counts the records below ids.
func (t Table[T]) Count(tx *kv.Tx, at service.Home, ids ...string) (n int, err error) {
	for _, err := range tx.Scan(kv.Prefix(t.Key(at, ids...))) {
		if err != nil {
			return 0, fmt.Errorf("count %s: %w", t.Name, err)
		}
		n++
	}
	return n, nil
}

// Page reads at most limit of the records below ids behind the one that token
// tells of, and the token of the next page; nil when there is none. ok is false
// for a token that is none of this list's.
func (t Table[T]) Page(tx *kv.Tx, limit int, token *string, at service.Home, ids ...string) (items []T, next *string, ok bool, err error) {
	return t.Pick(tx, limit, token, nil, at, ids...)
}

// Pick is Page for those records that keep takes; nil takes all.
func (t Table[T]) Pick(tx *kv.Tx, limit int, token *string, keep func(*T) bool, at service.Home, ids ...string) (items []T, next *string, ok bool, err error) {
	items = []T{}
	list := t.Key(at, ids...)
	r, ok := service.AfterToken(list, kv.Prefix(list), token)
	if !ok {
		return nil, nil, false, nil
	}
	if keep == nil {
		r.Limit = limit + 1
	}
	var last kv.Key
	for row, err := range kv.Scan[T](tx, r) {
		if err != nil {
			return nil, nil, false, fmt.Errorf("list %s: %w", t.Name, err)
		}
		if keep != nil && !keep(&row.Value) {
			continue
		}
		if len(items) == limit {
			return items, service.RowToken(list, last), true, nil
		}
		items, last = append(items, row.Value), row.Key
	}
	return items, nil, true, nil
}
