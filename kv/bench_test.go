package kv_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2"

	"maru.dev/maru/kv"
)

// message is about what a small message or item is.
var message = make([]byte, 256)

// parallel runs work b.N times on so many goroutines and reports the rate.
func parallel(b *testing.B, workers int, work func(i int64)) {
	b.Helper()
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for range workers {
		wg.Go(func() {
			for {
				i := next.Add(1)
				if i > int64(b.N) {
					return
				}
				work(i)
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
}

// openDir opens a store on disk.
func openDir(b *testing.B) *kv.Store {
	b.Helper()
	st, err := kv.Open(b.Context(), kv.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = st.Close() })
	return st
}

// rowKey is the i-th row's key.
func rowKey(i int64) kv.Key { return kv.NewKey("000000000000", "us-east-1", "bench", i) }

// BenchmarkFloor is a synced commit of plain Pebble.
func BenchmarkFloor(b *testing.B) {
	for _, workers := range []int{1, 16, 64} {
		b.Run(fmt.Sprint("writers=", workers), func(b *testing.B) {
			db, err := pebble.Open(b.TempDir(), &pebble.Options{MemTableSize: 64 << 20, Logger: silent{}})
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			parallel(b, workers, func(i int64) {
				if err := db.Set(rowKey(i), message, pebble.Sync); err != nil {
					b.Error(err)
				}
			})
		})
	}
}

// BenchmarkUpdate is one read and one write a transaction.
func BenchmarkUpdate(b *testing.B) {
	for _, workers := range []int{1, 16, 64} {
		b.Run(fmt.Sprint("writers=", workers), func(b *testing.B) {
			st := openDir(b)
			parallel(b, workers, func(i int64) {
				err := st.Update(context.Background(), func(tx *kv.Tx) error {
					if _, _, err := tx.Get(rowKey(-i)); err != nil {
						return err
					}
					return tx.Put(rowKey(i), message)
				})
				if err != nil {
					b.Error(err)
				}
			})
		})
	}
}

// BenchmarkView reads of a hundred thousand rows.
func BenchmarkView(b *testing.B) {
	const rows = 100_000
	st := openDir(b)
	fill(b, st, rows)
	b.Run("get", func(b *testing.B) {
		b.ReportAllocs()
		parallel(b, 16, func(i int64) {
			_ = st.View(context.Background(), func(tx *kv.Tx) error {
				_, ok, err := tx.Get(rowKey(i * 7919 % rows))
				if !ok || err != nil {
					b.Error(ok, err)
				}
				return nil
			})
		})
	})
	b.Run("scan25", func(b *testing.B) {
		b.ReportAllocs()
		parallel(b, 16, func(i int64) {
			_ = st.View(context.Background(), func(tx *kv.Tx) error {
				n := 0
				for _, err := range tx.Scan(kv.Range{From: rowKey(i * 7919 % (rows - 25)), Limit: 25}) {
					if err != nil {
						b.Error(err)
					}
					n++
				}
				if n != 25 {
					b.Error(n)
				}
				return nil
			})
		})
	})
}

// BenchmarkViewUncached reads of a store that is much larger than its cache.
func BenchmarkViewUncached(b *testing.B) {
	const rows = 400_000
	o := kv.Options{Dir: b.TempDir(), Cache: 1 << 20}
	st, err := kv.Open(b.Context(), o)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	fill(b, st, rows)
	for name, limit := range map[string]int{"get": 1, "scan25": 25} {
		b.Run(name, func(b *testing.B) {
			for i := range int64(b.N) {
				_ = st.View(context.Background(), func(tx *kv.Tx) error {
					from := rowKey(i * 7919 * 31 % (rows - 25))
					if limit == 1 {
						_, ok, err := tx.Get(from)
						if !ok || err != nil {
							b.Error(ok, err)
						}
						return nil
					}
					for _, err := range tx.Scan(kv.Range{From: from, Limit: limit}) {
						if err != nil {
							b.Error(err)
						}
					}
					return nil
				})
			}
		})
	}
}

// silent is no log.
type silent struct{}

// Infof implements pebble.Logger.
func (silent) Infof(string, ...any) {}

// Errorf implements pebble.Logger.
func (silent) Errorf(string, ...any) {}

// Fatalf implements pebble.Logger.
func (silent) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// BenchmarkOpen opens and closes an existing folder with a thousand rows.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	for i := 0; b.Loop(); i++ {
		st, err := kv.Open(b.Context(), kv.Options{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		if i == 0 {
			fill(b, st, 1000)
		}
		if err := st.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReset empties a store of ten thousand rows.
func BenchmarkReset(b *testing.B) {
	st := openDir(b)
	for b.Loop() {
		b.StopTimer()
		fill(b, st, 10_000)
		b.StartTimer()
		if err := st.Reset(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// fill writes rows, a thousand at a time.
func fill(b *testing.B, st *kv.Store, rows int64) {
	b.Helper()
	for from := int64(0); from < rows; from += 1000 {
		err := st.Update(b.Context(), func(tx *kv.Tx) error {
			for i := from; i < min(from+1000, rows); i++ {
				if err := tx.Put(rowKey(i), message); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkScanOfRewritten reads 25 rows that have been written again and again, and
// 25 of as many that were written once.
func BenchmarkScanOfRewritten(b *testing.B) {
	const rows = 25
	for _, writes := range []int{1, 2, 10, 1600} {
		for _, reverse := range []bool{false, true} {
			b.Run(fmt.Sprintf("writes=%d reverse=%t", writes, reverse), func(b *testing.B) {
				st := openDir(b)
				for range writes {
					fill(b, st, rows)
				}
				r := kv.Range{From: rowKey(0), To: rowKey(rows), Limit: rows, Reverse: reverse}
				for b.Loop() {
					n := 0
					err := st.View(b.Context(), func(tx *kv.Tx) error {
						for _, err := range tx.Scan(r) {
							if err != nil {
								return err
							}
							n++
						}
						return nil
					})
					if err != nil || n != rows {
						b.Fatal(n, err)
					}
				}
			})
		}
	}
}
