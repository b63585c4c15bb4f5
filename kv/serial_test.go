package kv_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"maru.dev/maru/kv"
)

// registers is how many rows the histories are about: few, so that they meet.
const registers = 4

// step is what one transaction did, in terms that a model can do again.
type step struct {
	kind string // see transactions
	a, b int    // registers, or bounds
	n    int    // value to write
}

// seen is what it saw.
type seen string

// register is the key of a register.
func register(i int) kv.Key { return kv.NewKey("register", i) }

// transaction is one shape of transaction, twice: on the store, and on a map.
type transaction struct {
	readOnly bool
	store    func(tx *kv.Tx, s step) (seen, error)
	model    func(m map[int]int, s step) seen
}

// load reads a register; one that does not exist is -1.
func load(tx *kv.Tx, i int) (int, error) {
	n, ok, err := kv.Get[int](tx, register(i))
	if !ok {
		n = -1
	}
	return n, err
}

// value is load on a map.
func value(m map[int]int, i int) int {
	if n, ok := m[i]; ok {
		return n
	}
	return -1
}

// rangeOf returns the registers from a up to b.
func rangeOf(s step, reverse bool) kv.Range {
	return kv.Range{From: register(s.a), To: register(s.b), Reverse: reverse}
}

// scanned lists what a scan returns.
func scanned(tx *kv.Tx, r kv.Range) (string, int, error) {
	var b strings.Builder
	rows := 0
	for row, err := range kv.Scan[int](tx, r) {
		if err != nil {
			return "", 0, err
		}
		fmt.Fprint(&b, row.Key, "=", row.Value, " ")
		rows++
	}
	return b.String(), rows, nil
}

// listed is scanned on a map.
func listed(m map[int]int, s step, reverse bool, limit int) (string, int) {
	keys := slices.Sorted(maps.Keys(m))
	if reverse {
		slices.Reverse(keys)
	}
	var b strings.Builder
	rows := 0
	for _, k := range keys {
		if k < s.a || k >= s.b || (limit > 0 && rows == limit) {
			continue
		}
		fmt.Fprint(&b, register(k), "=", m[k], " ")
		rows++
	}
	return b.String(), rows
}

// transactions are the shapes that histories are made of.
func transactions() map[string]transaction {
	return map[string]transaction{
		"write": {
			store: func(tx *kv.Tx, s step) (seen, error) { return "", kv.Put(tx, register(s.a), s.n) },
			model: func(m map[int]int, s step) seen { m[s.a] = s.n; return "" },
		},
		"delete": {
			store: func(tx *kv.Tx, s step) (seen, error) { return "", tx.Delete(register(s.a)) },
			model: func(m map[int]int, s step) seen { delete(m, s.a); return "" },
		},
		"delete range": {
			store: func(tx *kv.Tx, s step) (seen, error) { return "", tx.DeleteRange(rangeOf(s, false)) },
			model: func(m map[int]int, s step) seen {
				for k := s.a; k < s.b; k++ {
					delete(m, k)
				}
				return ""
			},
		},
		"view": {
			readOnly: true,
			store: func(tx *kv.Tx, s step) (seen, error) {
				list, _, err := scanned(tx, rangeOf(s, true))
				return seen(list), err
			},
			model: func(m map[int]int, s step) seen { list, _ := listed(m, s, true, 0); return seen(list) },
		},
		"copy": { // lost updates
			store: func(tx *kv.Tx, s step) (seen, error) {
				n, err := load(tx, s.a)
				return seen(fmt.Sprint(n)), errors.Join(err, kv.Put(tx, register(s.b), n))
			},
			model: func(m map[int]int, s step) seen { n := value(m, s.a); m[s.b] = n; return seen(fmt.Sprint(n)) },
		},
		"write unless the other": { // write skew
			store: func(tx *kv.Tx, s step) (seen, error) {
				n, err := load(tx, s.b)
				if err != nil || n >= 0 {
					return seen(fmt.Sprint(n)), err
				}
				return "written", kv.Put(tx, register(s.a), s.n)
			},
			model: func(m map[int]int, s step) seen {
				if n := value(m, s.b); n >= 0 {
					return seen(fmt.Sprint(n))
				}
				m[s.a] = s.n
				return "written"
			},
		},
		"count into": { // phantoms
			store: func(tx *kv.Tx, s step) (seen, error) {
				list, rows, err := scanned(tx, rangeOf(s, false))
				return seen(list), errors.Join(err, kv.Put(tx, register(s.n%registers), rows))
			},
			model: func(m map[int]int, s step) seen {
				list, rows := listed(m, s, false, 0)
				m[s.n%registers] = rows
				return seen(list)
			},
		},
		"take last": { // a queue: phantoms at the end of a limited scan
			store: func(tx *kv.Tx, s step) (seen, error) {
				r := rangeOf(s, true)
				r.Limit = 1
				list, _, err := scanned(tx, r)
				for pair, err := range tx.Scan(r) {
					if err = errors.Join(err, tx.Delete(pair.Key)); err != nil {
						return "", err
					}
				}
				return seen(list), err
			},
			model: func(m map[int]int, s step) seen {
				list, _ := listed(m, s, true, 1)
				for k := s.b - 1; k >= s.a; k-- {
					if _, ok := m[k]; ok {
						delete(m, k)
						break
					}
				}
				return seen(list)
			},
		},
	}
}

// model is what one thread at a time would do.
func model() porcupine.Model {
	shapes := transactions()
	return porcupine.Model{
		Init: func() any { return map[int]int{} },
		Step: func(state, input, output any) (bool, any) {
			next := maps.Clone(state.(map[int]int))
			s := input.(step)
			return shapes[s.kind].model(next, s) == output.(seen), next
		},
		Equal: func(a, b any) bool { return maps.Equal(a.(map[int]int), b.(map[int]int)) },
		DescribeOperation: func(input, output any) string {
			return fmt.Sprintf("%+v saw %q", input, output)
		},
	}
}

// history runs random transactions on many goroutines.
func history(t *testing.T, st *kv.Store, seed uint64) []porcupine.Operation {
	t.Helper()
	shapes := transactions()
	kinds := slices.Sorted(maps.Keys(shapes))
	var mu sync.Mutex
	var ops []porcupine.Operation
	start := time.Now()
	var wg sync.WaitGroup
	for client := range 6 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(seed, uint64(client)))
			for i := range 25 {
				s := step{kind: kinds[rng.IntN(len(kinds))], a: rng.IntN(registers), b: rng.IntN(registers + 1), n: client*1000 + i}
				if s.kind == "copy" || s.kind == "write unless the other" {
					s.b %= registers
				}
				op := porcupine.Operation{ClientId: client, Input: s, Call: int64(time.Since(start))}
				saw, err := run(st, shapes[s.kind], s)
				if err != nil {
					t.Errorf("%+v: %v", s, err)
				}
				op.Output, op.Return = saw, int64(time.Since(start))
				mu.Lock()
				ops = append(ops, op)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return ops
}

// run runs one transaction.
func run(st *kv.Store, shape transaction, s step) (saw seen, err error) {
	how := st.Update
	if shape.readOnly {
		how = st.View
	}
	err = how(context.Background(), func(tx *kv.Tx) error {
		saw, err = shape.store(tx, s)
		for range s.n % 7 { // others commit meanwhile
			runtime.Gosched()
		}
		return err
	})
	return saw, err
}

// slowStore is a store whose syncs take a while, so that what is applied and
// what is durable differ.
func slowStore(t *testing.T) *kv.Store {
	t.Helper()
	fs := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind == errorfs.OpFileSyncData || op.Kind == errorfs.OpFileSync {
			time.Sleep(time.Millisecond) // it stands for a disk
		}
		return nil
	}))
	st, err := kv.OpenOn(t.Context(), fs, kv.Options{Dir: "/slow"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

// Each history of concurrent transactions has an order in which, one after the
// other and in real time, they would have seen the same.
func TestHistoriesAreStrictlySerialisable(t *testing.T) {
	t.Parallel()
	rounds := 40
	if testing.Short() {
		rounds = 5
	}
	for seed := range rounds {
		st := slowStore(t)
		if seed%2 == 0 {
			begin(t, st, kv.NewKey("register"))
		}
		ops := history(t, st, uint64(seed))
		result, _ := porcupine.CheckOperationsVerbose(model(), ops, 30*time.Second)
		if result != porcupine.Ok {
			t.Fatalf("seed %d: history is %s: %v", seed, result, ops)
		}
	}
}
