package kv_test

import (
	"math/rand/v2"
	"sync"
	"testing"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

// count reads a counter from what is durable.
func count(tb testing.TB, st *kv.Store, key kv.Key) (n int64) {
	tb.Helper()
	err := st.View(tb.Context(), func(tx *kv.Tx) (err error) {
		n, err = tx.Count(key)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// TestCountersAddUpHoweverTheyAreWritten adds so often that additions are
// folded, between all else that can happen to a counter.
func TestCountersAddUpHoweverTheyAreWritten(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	random := rand.New(rand.NewPCG(1, 2))
	keys := []kv.Key{kv.NewKey("", "", "n", "a"), kv.NewKey("", "", "n", "b"), kv.NewKey("", "", "n", "b", "c")}
	want := make([][2]int64, len(keys))
	for range 8_000 {
		i, n, what, pair := random.IntN(len(keys)), random.Int64N(100)-50, random.IntN(2000), random.IntN(2) == 0
		err := st.Update(t.Context(), func(tx *kv.Tx) error {
			switch what {
			case 0:
				return tx.Delete(keys[i])
			case 1:
				return tx.Put(keys[i], []byte("no counter"))
			case 2:
				if err := tx.DeleteRange(kv.Prefix(keys[1])); err != nil {
					return err
				}
			case 3: // removed and begun anew in one
				if err := tx.DeleteRange(kv.Prefix(kv.NewKey("", "", "n"))); err != nil {
					return err
				}
			}
			if pair {
				return tx.AddPair(keys[i], n, 2*n+1)
			}
			return tx.Add(keys[i], n)
		})
		if err != nil {
			t.Fatal(err)
		}
		switch what {
		case 0, 1:
			want[i] = [2]int64{}
			continue
		case 2:
			want[2] = [2]int64{}
		case 3:
			clear(want)
		}
		want[i][0] += n
		if pair {
			want[i][1] += 2*n + 1
		}
	}
	for i, key := range keys {
		var got [2]int64
		err := st.View(t.Context(), func(tx *kv.Tx) (err error) {
			got[0], got[1], err = tx.CountPair(key)
			return err
		})
		if err != nil || got != want[i] || count(t, st, key) != want[i][0] {
			t.Errorf("%v is %d (%v), want %d", key, got, err, want[i])
		}
	}
}

func TestCountersOfManyAtOnceLoseNothing(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	key := kv.NewKey("", "", "n")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 1000 {
				if err := st.Update(t.Context(), func(tx *kv.Tx) error { return tx.Add(key, 3) }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if n := count(t, st, key); n != 24_000 {
		t.Errorf("%d, want 24000", n)
	}
}

// BenchmarkCountAfterManyAdds reads a counter that was added to 100,000 times.
func BenchmarkCountAfterManyAdds(b *testing.B) {
	st := kvtest.Open(b)
	key := kv.NewKey("", "", "n")
	for range 100_000 {
		if err := st.Update(b.Context(), func(tx *kv.Tx) error { return tx.Add(key, 1) }); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if n := count(b, st, key); n != 100_000 {
			b.Fatal(n)
		}
	}
}
