package kv_test

import (
	"fmt"
	"sync"
	"testing"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

func TestCacheShowsWhatTheTransactionSees(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	c := kv.NewCache[string](2, nil)
	key := func(i int) kv.Key { return kv.NewKey("", "", "test", i) }
	get := func(tx *kv.Tx, i int) string {
		v, ok, err := c.Get(tx, key(i))
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return ""
		}
		return *v
	}
	for round := range 3 {
		for i := range 5 { // more than it keeps
			want := fmt.Sprint(round, i)
			err := st.Update(t.Context(), func(tx *kv.Tx) error {
				if err := kv.Put(tx, key(i), want); err != nil {
					return err
				}
				if got := get(tx, i); got != want {
					t.Errorf("in its transaction %q, want %q", got, want)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			err = st.View(t.Context(), func(tx *kv.Tx) error {
				if got := get(tx, i); got != want {
					t.Errorf("after it %q, want %q", got, want)
				}
				if got := get(tx, 99); got != "" {
					t.Errorf("a missing record is %q", got)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Whatever is written meanwhile, by whatever means, a cached record is the one
// that its transaction would have read.
func TestCacheAgreesWithTheStoreUnderWrites(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	c := kv.NewCache[int](4, nil)
	key := func(i int) kv.Key { return kv.NewKey("", "", "test", i) }
	compare := func(tx *kv.Tx, i int) error {
		want, there, err := kv.Get[int](tx, key(i))
		if err != nil {
			return err
		}
		got, ok, err := c.Get(tx, key(i))
		if err != nil || ok != there || ok && *got != want {
			t.Errorf("key %d: cached %v %v, stored %d %v (%v)", i, got, ok, want, there, err)
		}
		return nil
	}
	var group sync.WaitGroup
	for w := range 4 {
		group.Go(func() {
			for n := range 300 {
				i := (w + n) % 6
				err := st.Update(t.Context(), func(tx *kv.Tx) error {
					if err := compare(tx, i); err != nil {
						return err
					}
					switch n % 10 {
					case 3:
						return tx.Delete(key(i))
					case 7:
						return tx.DeleteRange(kv.Prefix(kv.NewKey("", "", "test")))
					default:
						return kv.Put(tx, key(i), w*1000+n)
					}
				})
				if err == nil {
					err = st.View(t.Context(), func(tx *kv.Tx) error { return compare(tx, (i+1)%6) })
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
}

// A cache with one record more than it has room for reads few of them anew.
func TestAFullCacheLosesOneRecordNotAll(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	const room = 200
	read := 0
	c := kv.NewCache(room, func(*int) { read++ })
	key := func(i int) kv.Key { return kv.NewKey("", "", "test", i) }
	err := st.Update(t.Context(), func(tx *kv.Tx) error {
		for i := range room + 1 {
			if err := kv.Put(tx, key(i), i); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	round := func() {
		for i := range room + 1 {
			err := st.View(t.Context(), func(tx *kv.Tx) error {
				got, ok, err := c.Get(tx, key(i))
				if err == nil && (!ok || *got != i) {
					t.Errorf("%d is %v, %t", i, got, ok)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	round()
	read = 0
	round()
	if read > room/2 {
		t.Errorf("%d of %d records were read anew", read, room+1)
	}
}
