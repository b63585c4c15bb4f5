package task

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

// BenchmarkTasks measures tasks from Add to success, each added in a
// transaction of its own by one of 32 writers, over several owners.
func BenchmarkTasks(b *testing.B) {
	st := kvtest.Open(b)
	q := testQueue(b, st)
	var done atomic.Int64
	all := make(chan struct{})
	q.Handle("b", func(context.Context, *Run) error {
		if done.Add(1) == int64(b.N) {
			close(all)
		}
		return nil
	}, nil)
	start(b, q)
	b.ReportAllocs()
	b.SetParallelism(32)
	var n atomic.Int64
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			owner := fmt.Sprint("owner", n.Add(1)%16)
			if err := st.Update(b.Context(), func(tx *kv.Tx) error {
				_, err := q.Add(tx, Task{Kind: "b", Owner: owner, Body: "work"})
				return err
			}); err != nil {
				b.Error(err)
			}
		}
	})
	<-all
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tasks/s")
}

// BenchmarkTimerLateness measures how late timers run while other owners keep
// the queue busy.
func BenchmarkTimerLateness(b *testing.B) {
	st := kvtest.Open(b)
	q := testQueue(b, st)
	late := make(chan time.Duration, b.N)
	q.Handle("busy", func(context.Context, *Run) error { return nil }, nil)
	q.Handle("timer", func(_ context.Context, run *Run) error { late <- time.Since(run.Due); return nil }, nil)
	start(b, q)
	ctx, cancel := context.WithCancel(b.Context())
	var writers sync.WaitGroup
	for i := range 4 {
		writers.Go(func() {
			for ctx.Err() == nil {
				_ = st.Update(ctx, func(tx *kv.Tx) error {
					_, err := q.Add(tx, Task{Kind: "busy", Owner: fmt.Sprint("busy", i)})
					return err
				})
				time.Sleep(time.Millisecond)
			}
		})
	}
	for i := range b.N {
		add(b, q, Task{Kind: "timer", Owner: fmt.Sprint("timer", i%8), Due: time.Now().Add(50*time.Millisecond + time.Duration(i)*time.Millisecond)})
	}
	all := make([]time.Duration, 0, b.N)
	for range b.N {
		all = append(all, <-late)
	}
	cancel()
	writers.Wait()
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, "ms-p50")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "ms-p99")
}
