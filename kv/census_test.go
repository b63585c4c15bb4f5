package kv_test

import (
	"math/rand/v2"
	"sync"
	"testing"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

// begin has the store keep count of what is below prefix.
func begin(t *testing.T, st *kv.Store, prefix kv.Key) {
	t.Helper()
	err := st.Update(t.Context(), func(tx *kv.Tx) error {
		tx.Fresh(prefix)
		return tx.Put(kv.NewKey("begun"), prefix)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// scanOne finds a key by a scan, which asks no census.
func scanOne(tx *kv.Tx, key kv.Key) (found bool, err error) {
	for _, err = range tx.Scan(kv.Range{From: key, To: append(key[:len(key):len(key)], 0)}) {
		found = err == nil
	}
	return found, err
}

// TestReadsAgreeWithScansWhereKeysAreCounted writes in every way below prefixes
// that are counted from their beginning, from later on, and not at all.
func TestReadsAgreeWithScansWhereKeysAreCounted(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	prefixes := []kv.Key{kv.NewKey("a", "fresh"), kv.NewKey("b", "plain"), kv.NewKey("c", "longer", "fresh")}
	begin(t, st, prefixes[0])
	begin(t, st, prefixes[2])
	var group sync.WaitGroup
	for w := range uint64(4) {
		group.Go(func() {
			random := rand.New(rand.NewPCG(3, w))
			for range 1_500 {
				prefix := prefixes[random.IntN(len(prefixes))]
				what, from := random.IntN(400), random.IntN(8_000)
				err := st.Update(t.Context(), func(tx *kv.Tx) error { return disturb(t, tx, prefix, what, from) })
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
}

// disturb checks some keys and then writes them.
func disturb(t *testing.T, tx *kv.Tx, prefix kv.Key, what, from int) error {
	for i := from; i < from+5; i++ {
		key := prefix.With(i)
		_, ok, err := tx.Get(key)
		if err != nil {
			return err
		}
		there, err := scanOne(tx, key)
		if err != nil {
			return err
		}
		if ok != there {
			t.Errorf("%v: read %v, scanned %v", key, ok, there)
		}
		switch what % 10 {
		case 1:
			err = tx.Delete(key)
		case 2:
			err = tx.Add(key, 1)
		default:
			err = tx.Put(key, []byte("x"))
		}
		if err != nil {
			return err
		}
	}
	switch what {
	case 200:
		tx.Fresh(prefix) // which is not empty
	case 201:
		if err := tx.DeleteRange(kv.Prefix(prefix)); err != nil {
			return err
		}
		tx.Fresh(prefix)
	case 202:
		return tx.PutAtCommit(prefix, []any{from}, nil)
	}
	return nil
}

// TestACountedPrefixMayGrow goes through several tiers, and asks for keys that
// are there and keys that are not.
func TestACountedPrefixMayGrow(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	prefix := kv.NewKey("", "", "test", "rows")
	begin(t, st, prefix)
	const keys = 20_000
	for from := 0; from < keys; from += 1_000 {
		err := st.Update(t.Context(), func(tx *kv.Tx) error {
			for i := from; i < from+1_000; i++ {
				if err := tx.Put(prefix.With(2*i), nil); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := st.Update(t.Context(), func(tx *kv.Tx) error {
		for i := range 2 * keys {
			if _, ok, err := tx.Get(prefix.With(i)); err != nil || ok != (i%2 == 0) {
				t.Fatalf("key %d: %v, %v", i, ok, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func BenchmarkGetOfNothing(b *testing.B) {
	for _, counted := range []string{"counted", "plain"} {
		b.Run(counted, func(b *testing.B) {
			st := openDir(b)
			prefix := kv.NewKey("000000000000", "us-east-1", "test", "rows")
			err := st.Update(b.Context(), func(tx *kv.Tx) error {
				if counted == "counted" {
					tx.Fresh(prefix)
				}
				return tx.Put(kv.NewKey("begun"), nil)
			})
			for from := 0; from < 50_000 && err == nil; from += 1_000 {
				err = st.Update(b.Context(), func(tx *kv.Tx) error {
					for i := from; i < from+1_000; i++ {
						if err := tx.Put(prefix.With(i*7919%50_000, "x"), message); err != nil {
							return err
						}
					}
					return nil
				})
			}
			if err != nil {
				b.Fatal(err)
			}
			err = st.Update(b.Context(), func(tx *kv.Tx) error {
				for i := 0; b.Loop(); i++ {
					if _, ok, err := tx.Get(prefix.With(i*7919%50_000, "y")); ok || err != nil {
						b.Fatal(ok, err)
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		})
	}
}

// TestKeysOfAnEarlierProcessAreCountedBesideTheWork opens a folder that has rows,
// and writes on while they are counted.
func TestKeysOfAnEarlierProcessAreCountedBesideTheWork(t *testing.T) {
	t.Parallel()
	dir, prefix := t.TempDir(), kv.NewKey("", "", "test", "rows")
	st := openIn(t, dir)
	const keys = 6_000
	write := func(from, to int, change func(tx *kv.Tx, i int) error) {
		t.Helper()
		err := st.Update(t.Context(), func(tx *kv.Tx) error {
			for i := from; i < to; i++ {
				if err := change(tx, i); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	put := func(tx *kv.Tx, i int) error { return tx.Put(prefix.With(2*i), nil) }
	write(0, keys, put)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}

	st = openIn(t, dir)
	defer st.Close()
	begin(t, st, prefix)
	for i := keys; st.Stats().Counted == 0; i++ {
		write(i%(2*keys), i%(2*keys)+1, put)
		write(i%keys, i%keys+1, func(tx *kv.Tx, i int) error { return tx.Delete(prefix.With(2 * i)) })
	}
	write(0, 4*keys, func(tx *kv.Tx, i int) error {
		_, ok, err := tx.Get(prefix.With(i))
		there, failed := scanOne(tx, prefix.With(i))
		if ok != there || err != nil || failed != nil {
			t.Fatalf("key %d: read %v (%v), scanned %v (%v)", i, ok, err, there, failed)
		}
		return nil
	})
}

// openIn opens the store of a folder.
func openIn(t *testing.T, dir string) *kv.Store {
	t.Helper()
	st, err := kv.Open(t.Context(), kv.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return st
}
