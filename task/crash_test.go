package task

import (
	"context"
	"errors"
	"testing"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

// effectQueue runs tasks that count, in the transaction that ends them, how
// often they took effect. Every second attempt fails at first.
func effectQueue(t *testing.T, st *kv.Store, ran func(n int)) *Queue {
	t.Helper()
	q := testQueue(t, st, func(o *Options) { o.Log = nil })
	q.Handle("effect", func(ctx context.Context, run *Run) error {
		var n int
		if err := run.Decode(&n); err != nil {
			return err
		}
		if n%2 == 1 && run.Attempt == 1 {
			return errors.New("not at first")
		}
		err := st.Update(ctx, func(tx *kv.Tx) error {
			if done, err := tx.Count(kv.NewKey("effect", n)); err != nil || done > 0 {
				t.Errorf("task %d runs after its success was recorded (%v)", n, err)
			}
			return errors.Join(tx.Add(kv.NewKey("effect", n), 1), run.Done(tx))
		})
		if err == nil {
			ran(n)
		}
		return err
	}, nil)
	return q
}

// runUntilEmpty runs q until no task is left.
func runUntilEmpty(t *testing.T, q *Queue) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- q.Run(ctx) }()
	eventually(t, "all tasks end", func() bool { return len(rows(t, q.store)) == 0 })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// After any power cut, every task whose Add was acknowledged takes effect, and
// none takes effect twice; nothing else is left behind.
func TestCrash(t *testing.T) {
	t.Parallel()
	const n = 6
	work := func(st *kv.Store, ack func()) {
		ctx, cancel := context.WithCancel(context.Background())
		ran := make(chan int, n)
		q := effectQueue(t, st, func(n int) { ran <- n })
		ended := make(chan error, 1)
		go func() { ended <- q.Run(ctx) }()
		for i := range n {
			task := Task{Kind: "effect", Owner: "o", Body: i, Policy: Policy{MaxBackoff: time.Millisecond}}
			if i >= 3 {
				task.Owner, task.Serial = "serial", uint64(i)
			}
			add(t, q, task)
			ack()
			if i%2 == 0 {
				continue
			}
			receive(t, ran)
			receive(t, ran)
			ack()
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	check := func(st *kv.Store, acked int) {
		runUntilEmpty(t, effectQueue(t, st, func(int) {}))
		added := acked - acked/3 // each third acknowledgement is of two successes
		_ = st.View(context.Background(), func(tx *kv.Tx) error {
			for i := range n {
				got, err := tx.Count(kv.NewKey("effect", i))
				if err != nil || got > 1 || got == 0 && i < added {
					t.Errorf("%d added: task %d took effect %d times (%v)", added, i, got, err)
				}
			}
			return nil
		})
	}
	kvtest.Crash(t, work, check)
}
