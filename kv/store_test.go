package kv_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

// update runs an Update that must not fail.
func update(t testing.TB, st *kv.Store, fn func(tx *kv.Tx) error) {
	t.Helper()
	if err := st.Update(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

// view runs a View that must not fail.
func view(t testing.TB, st *kv.Store, fn func(tx *kv.Tx) error) {
	t.Helper()
	if err := st.View(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

// keysOf returns the keys of a scan, as text.
func keysOf(t testing.TB, st *kv.Store, r kv.Range) []string {
	t.Helper()
	var keys []string
	view(t, st, func(tx *kv.Tx) error {
		for pair, err := range tx.Scan(r) {
			if err != nil {
				return err
			}
			keys = append(keys, pair.Key.String())
		}
		return nil
	})
	return keys
}

func TestUpdateIsSeenByViewAndUpdate(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	key := kv.NewKey("a", "r", "s", 1)
	update(t, st, func(tx *kv.Tx) error { return tx.Put(key, []byte("x")) })
	for name, run := range map[string]func(context.Context, func(*kv.Tx) error) error{"view": st.View, "update": st.Update} {
		err := run(t.Context(), func(tx *kv.Tx) error {
			value, ok, err := tx.Get(key)
			if string(value) != "x" || !ok {
				t.Errorf("%s: got %q, %v", name, value, ok)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestUpdateThatFailsWritesNothing(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	want := errors.New("no")
	err := st.Update(t.Context(), func(tx *kv.Tx) error {
		if err := tx.Put(kv.NewKey("k"), nil); err != nil {
			return err
		}
		return want
	})
	if err != want { //nolint:errorlint // it must come back as it is
		t.Errorf("got %v", err)
	}
	if keys := keysOf(t, st, kv.Range{}); len(keys) != 0 {
		t.Errorf("found %v", keys)
	}
}

func TestConcurrentIncrementsAreAllCounted(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	read, added := kv.NewKey("read"), kv.NewKey("added")
	const workers, rounds = 8, 50
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range rounds {
				err := st.Update(context.Background(), func(tx *kv.Tx) error {
					n, _, err := kv.Get[int](tx, read)
					if err != nil {
						return err
					}
					return errors.Join(kv.Put(tx, read, n+1), tx.Add(added, 2))
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	view(t, st, func(tx *kv.Tx) error {
		n, _, err := kv.Get[int](tx, read)
		sum, err2 := tx.Count(added)
		if n != workers*rounds || sum != 2*workers*rounds {
			t.Errorf("read %d, added %d", n, sum)
		}
		return errors.Join(err, err2)
	})
}

func TestPutAtCommitOrdersConcurrentAppends(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	log := kv.NewKey("log")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 20 {
				update(t, st, func(tx *kv.Tx) error {
					return tx.PutAtCommit(log, []any{"e"}, fmt.Appendf(nil, "%d/%d", i, j))
				})
			}
		})
	}
	wg.Wait()
	var last uint64
	rows := 0
	view(t, st, func(tx *kv.Tx) error {
		for pair, err := range tx.Scan(kv.Prefix(log)) {
			if err != nil {
				return err
			}
			var version uint64
			var suffix string
			if err := pair.Key.Scan(1, &version, &suffix); err != nil {
				return err
			}
			if version <= last || suffix != "e" {
				t.Errorf("version %d after %d, suffix %q", version, last, suffix)
			}
			last = version
			rows++
		}
		return nil
	})
	if rows != 160 {
		t.Errorf("%d rows", rows)
	}
}

func TestScanSeesOwnWrites(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	update(t, st, func(tx *kv.Tx) error {
		for i := range 10 {
			if err := tx.Put(kv.NewKey(i), nil); err != nil {
				return err
			}
		}
		return nil
	})
	var got []int64
	update(t, st, func(tx *kv.Tx) error {
		got = nil
		err := errors.Join(
			tx.DeleteRange(kv.Range{From: kv.NewKey(2), To: kv.NewKey(6)}),
			tx.Put(kv.NewKey(4), nil),
			tx.Delete(kv.NewKey(8)),
			tx.Put(kv.NewKey(20), nil),
		)
		if err != nil {
			return err
		}
		for pair, err := range tx.Scan(kv.Range{}) {
			if err != nil {
				return err
			}
			var i int64
			if err := pair.Key.Scan(0, &i); err != nil {
				return err
			}
			got = append(got, i)
		}
		return nil
	})
	if diff := cmp.Diff([]int64{0, 1, 4, 6, 7, 9, 20}, got); diff != "" {
		t.Error(diff)
	}
}

func TestWatchIsWokenOnceDurable(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	topic, key := kv.NewKey("topic"), kv.NewKey("k")
	w := st.Watch(topic)
	defer w.Stop()
	go func() {
		_ = st.Update(context.Background(), func(tx *kv.Tx) error {
			tx.Wake(topic)
			return tx.Put(key, nil)
		})
	}()
	<-w.C()
	if keys := keysOf(t, st, kv.Range{}); len(keys) != 1 {
		t.Errorf("woken before the write can be seen: %v", keys)
	}
}

func TestResetEmptiesAndWakes(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	update(t, st, func(tx *kv.Tx) error { return tx.Put(kv.NewKey("k"), nil) })
	w := st.Watch(kv.NewKey("anything"))
	defer w.Stop()
	if err := st.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-w.C()
	if keys := keysOf(t, st, kv.Range{}); len(keys) != 0 {
		t.Errorf("found %v", keys)
	}
}
