package rows

import (
	"context"
	"fmt"

	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// Index finds things by their ids alone, whosever they are, and tells when they
// have changed.
type Index struct {
	Service string // the package's name, which keys begin with
	Name    string // the folder
}

// Entry is what is known of a thing by its id alone. Version grows with each change
// of it or anything below it, so that two changes of one thing conflict and are done
// one after the other, and who has read it sees that it has to be read again.
type Entry struct {
	Account, Region string
	Version         uint64
}

// Home is where the thing itself lives.
func (e Entry) Home() service.Home { return service.Home{Account: e.Account, Region: e.Region} }

// key is where an entry lives.
func (x Index) key(id string) kv.Key { return kv.NewKey("", "", x.Service, x.Name, id) }

// Get reads an entry, if it is there.
func (x Index) Get(tx *kv.Tx, id string) (Entry, bool, error) {
	e, ok, err := kv.Get[Entry](tx, x.key(id))
	if err != nil {
		return e, false, fmt.Errorf("load index of %s %s: %w", x.Name, id, err)
	}
	return e, ok, nil
}

// Add writes the first version of what lives in a home, under an id that nothing
// has.
func (x Index) Add(tx *kv.Tx, at service.Home, id string) error {
	if _, taken, err := x.Get(tx, id); err != nil {
		return err
	} else if taken {
		return fmt.Errorf("index: there is a %s %s", x.Name, id)
	}
	return kv.Put(tx, x.key(id), Entry{Account: at.Account, Region: at.Region, Version: 1})
}

// Touch gives a thing the next version.
func (x Index) Touch(tx *kv.Tx, id string) error {
	e, ok, err := x.Get(tx, id)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("index: there is no %s %s", x.Name, id)
	}
	e.Version++
	return kv.Put(tx, x.key(id), e)
}

// Delete removes an entry.
func (x Index) Delete(tx *kv.Tx, id string) error { return tx.Delete(x.key(id)) }

// Indexed reads what an id finds; ok is false where that is nothing.
func Indexed[T any](ctx context.Context, st *kv.Store, x Index, id string, read func(tx *kv.Tx, e Entry) (T, error)) (v T, ok bool, err error) {
	err = st.View(ctx, func(tx *kv.Tx) error {
		e, found, err := x.Get(tx, id)
		if err != nil || !found {
			return err
		}
		v, err = read(tx, e)
		ok = err == nil
		return err
	})
	return v, ok, err
}
