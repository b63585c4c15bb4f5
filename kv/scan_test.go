package kv_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

// sheet is what a transaction must see: rows by number.
type sheet map[int]string

// list returns the rows of a range as scans return them.
func (m sheet) list(from, to int, reverse bool, limit int) []string {
	var keys []int
	for k := range m {
		if k >= from && k < to {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	if reverse {
		slices.Reverse(keys)
	}
	if limit > 0 && len(keys) > limit {
		keys = keys[:limit]
	}
	var out []string
	for _, k := range keys {
		out = append(out, fmt.Sprint(kv.NewKey(k), "=", m[k]))
	}
	return out
}

// change does one random change to both.
func change(rng *rand.Rand, tx *kv.Tx, m sheet, rows int) error {
	i, j := rng.IntN(rows), rng.IntN(rows)
	switch rng.IntN(8) {
	case 0:
		for k := i; k < min(j, i+rows/4); k++ {
			delete(m, k)
		}
		return tx.DeleteRange(kv.Range{From: kv.NewKey(i), To: kv.NewKey(min(j, i+rows/4))})
	case 1, 2:
		delete(m, i)
		return tx.Delete(kv.NewKey(i))
	case 3, 4:
		n := int64(0)
		if v, ok := m[i]; ok && len(v) == 8 {
			n = int64(v[7])
		}
		m[i] = "\x00\x00\x00\x00\x00\x00\x00" + string(rune(n+1)) // counters stay below 128
		return tx.Add(kv.NewKey(i), 1)
	default:
		m[i] = fmt.Sprint("any value ", j) // never eight bytes, as counters are
		return tx.Put(kv.NewKey(i), []byte(m[i]))
	}
}

// compareScan compares one random scan.
func compareScan(t *testing.T, rng *rand.Rand, tx *kv.Tx, m sheet, rows int) error {
	t.Helper()
	from, to, reverse, limit := rng.IntN(rows), rng.IntN(rows+1), rng.IntN(2) == 0, rng.IntN(3)*rng.IntN(rows)
	r := kv.Range{From: kv.NewKey(from), To: kv.NewKey(to), Reverse: reverse, Limit: limit}
	var got []string
	for pair, err := range tx.Scan(r) {
		if err != nil {
			return err
		}
		got = append(got, fmt.Sprint(pair.Key, "=", string(pair.Value)))
	}
	if diff := cmp.Diff(m.list(from, to, reverse, limit), got); diff != "" {
		t.Errorf("scan %d to %d, reverse %v, limit %d: %s", from, to, reverse, limit, diff)
	}
	i := rng.IntN(rows)
	value, ok, err := tx.Get(kv.NewKey(i))
	if want, exists := m[i]; ok != exists || string(value) != want {
		t.Errorf("get %d: %q, %v; want %q", i, value, ok, want)
	}
	return err
}

// Scans and gets in transactions that write, abort and commit return what a
// sorted map would.
func TestScansMatchAModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		rng := rand.New(rand.NewPCG(seed, 0))
		rows := []int{8, 60, 1500}[seed%3]
		st := kvtest.Open(t)
		stored := make(sheet)
		abort := errors.New("abort")
		for range 30 {
			next := make(sheet)
			for k, v := range stored {
				next[k] = v
			}
			keep := rng.IntN(4) > 0
			err := st.Update(t.Context(), func(tx *kv.Tx) error {
				for range 1 + rng.IntN(rows/4) {
					if err := change(rng, tx, next, rows); err != nil {
						return err
					}
					if rng.IntN(1+rows/20) == 0 {
						if err := compareScan(t, rng, tx, next, rows); err != nil {
							return err
						}
					}
				}
				if !keep {
					return abort
				}
				return nil
			})
			if keep && err != nil {
				t.Fatal(err)
			}
			if keep {
				stored = next
			}
			view(t, st, func(tx *kv.Tx) error { return compareScan(t, rng, tx, stored, rows) })
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func TestScanLoopMayDeleteAndWriteAhead(t *testing.T) {
	t.Parallel()
	for name, reverse := range map[string]bool{"forward": false, "reverse": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := kvtest.Open(t)
			update(t, st, func(tx *kv.Tx) error {
				for i := range 100 {
					if err := tx.Put(kv.NewKey(10*i), nil); err != nil {
						return err
					}
				}
				return nil
			})
			var got []int64
			update(t, st, func(tx *kv.Tx) error {
				got = nil
				for pair, err := range tx.Scan(kv.Range{Reverse: reverse}) {
					var i int64
					if err := errors.Join(err, pair.Key.Scan(0, &i), tx.Delete(pair.Key)); err != nil {
						return err
					}
					got = append(got, i)
					if i == 500 {
						ahead, gone := i+1, kv.Range{From: kv.NewKey(510), To: kv.NewKey(900)}
						if reverse {
							ahead, gone = i-1, kv.Range{From: kv.NewKey(100), To: kv.NewKey(499)}
						}
						if err := errors.Join(tx.DeleteRange(gone), tx.Put(kv.NewKey(ahead), nil)); err != nil {
							return err
						}
					}
				}
				return nil
			})
			if len(got) != 100-38 && len(got) != 100-39 {
				t.Errorf("%d rows: %v", len(got), got)
			}
			if keys := keysOf(t, st, kv.Range{}); len(keys) != 0 {
				t.Errorf("left: %v", keys)
			}
		})
	}
}

func TestAfterContinuesAScan(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	update(t, st, func(tx *kv.Tx) error {
		for i := range 25 {
			if err := tx.Put(kv.NewKey("p", i), nil); err != nil {
				return err
			}
		}
		return nil
	})
	for _, reverse := range []bool{false, true} {
		var got []string
		r := kv.Prefix(kv.NewKey("p"))
		r.Reverse, r.Limit = reverse, 10
		for pages := 0; pages < 5; pages++ {
			var last kv.Key
			view(t, st, func(tx *kv.Tx) error {
				for pair, err := range tx.Scan(r) {
					if err != nil {
						return err
					}
					got = append(got, pair.Key.String())
					last = pair.Key
				}
				return nil
			})
			if last == nil {
				break
			}
			r = r.After(last)
		}
		if reverse {
			slices.Reverse(got)
		}
		if diff := cmp.Diff(keysOf(t, st, kv.Prefix(kv.NewKey("p"))), got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestLimitsAreClearErrors(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	large := kv.NewKey(string(make([]byte, kv.MaxKey)))
	for name, fn := range map[string]func(tx *kv.Tx) error{
		"key":       func(tx *kv.Tx) error { return tx.Put(large, nil) },
		"value":     func(tx *kv.Tx) error { return tx.Put(kv.NewKey("k"), make([]byte, kv.MaxValue+1)) },
		"stamped":   func(tx *kv.Tx) error { return tx.PutAtCommit(large, nil, nil) },
		"add":       func(tx *kv.Tx) error { return tx.Add(large, 1) },
		"delete":    func(tx *kv.Tx) error { return tx.Delete(large) },
		"to append": func(tx *kv.Tx) error { return tx.PutAtCommit(kv.NewKey("k"), []any{string(large)}, nil) },
		"whole": func(tx *kv.Tx) error {
			for i := range kv.MaxTx/kv.MaxValue + 1 {
				if err := tx.Put(kv.NewKey(i), make([]byte, kv.MaxValue)); err != nil {
					return err
				}
			}
			return nil
		},
	} {
		if err := st.Update(t.Context(), fn); !errors.Is(err, kv.ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	update(t, st, func(tx *kv.Tx) error { return tx.Put(kv.NewKey("k"), make([]byte, kv.MaxValue)) })
	for name, err := range map[string]error{
		"no key":        st.Update(t.Context(), func(tx *kv.Tx) error { return tx.Put(nil, nil) }),
		"not a key":     st.Update(t.Context(), func(tx *kv.Tx) error { return tx.Put(kv.Key{1, 's'}, nil) }),
		"beyond keys":   st.Update(t.Context(), func(tx *kv.Tx) error { return tx.DeleteRange(kv.Range{From: kv.Key{0}}) }),
		"write in View": st.View(t.Context(), func(tx *kv.Tx) error { return tx.Put(kv.NewKey("k"), nil) }),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
