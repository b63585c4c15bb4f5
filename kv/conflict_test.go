package kv_test

import (
	"context"
	"errors"
	"testing"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

// scanAll reads a range to its end.
func scanAll(tx *kv.Tx, r kv.Range) error {
	for _, err := range tx.Scan(r) {
		if err != nil {
			return err
		}
	}
	return nil
}

// A transaction runs again exactly when another has changed what it read. The
// store holds the rows 10, 20, 30 and 40.
func TestUpdateRunsAgainWhenWhatItReadHasChanged(t *testing.T) {
	t.Parallel()
	key := func(i int) kv.Key { return kv.NewKey("row", i) }
	put := func(i int) func(*kv.Tx) error { return func(tx *kv.Tx) error { return tx.Put(key(i), nil) } }
	del := func(i int) func(*kv.Tx) error { return func(tx *kv.Tx) error { return tx.Delete(key(i)) } }
	clear := func(a, b int) func(*kv.Tx) error {
		return func(tx *kv.Tx) error { return tx.DeleteRange(kv.Range{From: key(a), To: key(b)}) }
	}
	get := func(i int) func(*kv.Tx) error {
		return func(tx *kv.Tx) error { _, _, err := tx.Get(key(i)); return err }
	}
	scan := func(a, b int, reverse bool, limit int) func(*kv.Tx) error {
		return func(tx *kv.Tx) error {
			return scanAll(tx, kv.Range{From: key(a), To: key(b), Reverse: reverse, Limit: limit})
		}
	}
	first := func(a, b int) func(*kv.Tx) error {
		return func(tx *kv.Tx) error {
			for _, err := range tx.Scan(kv.Range{From: key(a), To: key(b)}) {
				return err
			}
			return nil
		}
	}
	log := kv.NewKey("row")
	stamp := func(tx *kv.Tx) error { return tx.PutAtCommit(log, nil, nil) }
	add := func(tx *kv.Tx) error { return tx.Add(key(99), 1) }
	count := func(tx *kv.Tx) error { _, err := tx.Count(key(99)); return err }
	nothing := func(*kv.Tx) error { return nil }

	tests := map[string]struct {
		read, write func(*kv.Tx) error
		again       bool
	}{
		"get, put":                         {get(10), put(10), true},
		"get, delete":                      {get(10), del(10), true},
		"get of nothing, put":              {get(15), put(15), true},
		"get, put of another":              {get(10), put(11), false},
		"get, cleared":                     {get(10), clear(5, 11), true},
		"get, cleared up to it":            {get(10), clear(5, 10), false},
		"scan, put within":                 {scan(10, 30, false, 0), put(15), true},
		"scan, put at start":               {scan(10, 30, false, 0), put(10), true},
		"scan, put at end":                 {scan(10, 30, false, 0), put(30), false},
		"scan, delete within":              {scan(10, 30, false, 0), del(20), true},
		"scan, cleared within":             {scan(10, 30, false, 0), clear(15, 25), true},
		"scan, cleared beside":             {scan(10, 30, false, 0), clear(30, 50), false},
		"limited scan, put before its end": {scan(10, 50, false, 2), put(15), true},
		"limited scan, put behind its end": {scan(10, 50, false, 2), put(25), false},
		"scan left, put behind":            {first(10, 50), put(15), false},
		"scan left, put at the row":        {first(10, 50), put(10), true},
		"reverse limited, put before":      {scan(10, 50, true, 2), put(25), false},
		"reverse limited, put within":      {scan(10, 50, true, 2), put(35), true},
		"reverse limited, put behind":      {scan(10, 50, true, 2), put(45), true},
		"scan of all, stamped":             {scan(0, 99, false, 0), stamp, false},
		"scan of prefix, stamped":          {func(tx *kv.Tx) error { return scanAll(tx, kv.Prefix(log)) }, stamp, true},
		"count, add":                       {count, add, true},
		"add, add":                         {add, add, false},
		"nothing, anything":                {nothing, clear(0, 99), false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := kvtest.Open(t)
			for _, i := range []int{10, 20, 30, 40} {
				update(t, st, put(i))
			}
			runs := 0
			update(t, st, func(tx *kv.Tx) error {
				runs++
				err := errors.Join(tt.read(tx), tx.Put(kv.NewKey("result"), nil))
				if runs == 1 {
					err = errors.Join(err, st.Update(context.Background(), tt.write))
				}
				return err
			})
			if again := runs > 1; again != tt.again {
				t.Errorf("ran %d times, want again: %v", runs, tt.again)
			}
		})
	}
}

// A transaction that always conflicts gets the store to itself and ends.
func TestUpdateThatAlwaysConflictsEnds(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	key := kv.NewKey("k")
	runs := 0
	update(t, st, func(tx *kv.Tx) error {
		runs++
		_, _, err := kv.Get[int](tx, key)
		if runs <= 8 {
			err = errors.Join(err, st.Update(context.Background(), func(tx *kv.Tx) error { return kv.Put(tx, key, runs) }))
		}
		return errors.Join(err, kv.Put(tx, key, -1))
	})
	if runs != 9 {
		t.Errorf("ran %d times", runs)
	}
}

// A View is one moment, whatever happens meanwhile.
func TestViewSeesOneMoment(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	key := kv.NewKey("k")
	view(t, st, func(tx *kv.Tx) error {
		update(t, st, func(tx *kv.Tx) error { return tx.Put(key, nil) })
		_, ok, err := tx.Get(key)
		if ok {
			t.Error("a View sees what was committed after it began")
		}
		return err
	})
}
