package task

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

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
