package task

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"maru.dev/maru/clock"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

// addMany adds n tasks, some hundred to a transaction.
func addMany(t testing.TB, q *Queue, n int, task func(i int) Task) {
	t.Helper()
	for i := 0; i < n; i += 500 {
		var page []Task
		for j := i; j < min(i+500, n); j++ {
			page = append(page, task(j))
		}
		add(t, q, page...)
	}
}

// An owner whose backlog fills the memory of the node several times over, and
// another whose every run hangs, do not keep a third one waiting.
func TestFloodAndHangStarveNobody(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	q := testQueue(t, st, func(o *Options) { o.Workers = 16 })
	var flood atomic.Int64
	q.Handle("flood", func(context.Context, *Run) error {
		flood.Add(1)
		time.Sleep(200 * time.Microsecond)
		return errors.New("and it fails")
	}, nil)
	q.Handle("hang", func(ctx context.Context, _ *Run) error { <-ctx.Done(); return ctx.Err() }, nil)
	served := make(chan int64, 100)
	q.Handle("meek", func(context.Context, *Run) error { served <- flood.Load(); return nil }, nil)
	addMany(t, q, 20_000, func(int) Task { return Task{Kind: "flood", Owner: "flooder"} })
	addMany(t, q, 1000, func(int) Task { return Task{Kind: "hang", Owner: "hanger"} })
	start(t, q)
	eventually(t, "the flood runs", func() bool { return flood.Load() > 100 })
	for i := range 50 {
		add(t, q, Task{Kind: "meek", Owner: fmt.Sprint("meek", i%5)})
		before := flood.Load()
		if others := receive(t, served) - before; others > 2000 {
			t.Errorf("waited for %d runs of a backlog", others)
		}
	}
}

// However many owners have a call that takes long, others are served, and each of
// those calls is under way.
func TestLongRunsGiveTheirWorkersToOthers(t *testing.T) {
	t.Parallel()
	const calls = 300
	fake := clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	q := testQueue(t, kvtest.Open(t), func(o *Options) { o.Workers, o.Clock = 8, fake })
	var running, done atomic.Int64
	answer := make(chan struct{})
	q.Handle("call", func(context.Context, *Run) error {
		running.Add(1)
		<-answer
		done.Add(1)
		return nil
	}, nil)
	q.Handle("meek", func(context.Context, *Run) error { return nil }, nil)
	addMany(t, q, calls, func(i int) Task { return Task{Kind: "call", Owner: fmt.Sprint("caller", i), Lease: time.Hour} })
	start(t, q)
	eventually(t, "every call is made", func() bool {
		fake.Advance(patience)
		return running.Load() == calls
	})
	for i := range 50 {
		add(t, q, Task{Kind: "meek", Owner: fmt.Sprint("meek", i%5)})
	}
	eventually(t, "the others are served", func() bool { fake.Advance(patience); return rows(t, q.store)["t"] == calls })
	close(answer)
	eventually(t, "the calls end", func() bool { return done.Load() == calls && rows(t, q.store)["t"] == 0 })
}

// What is in the store and not in memory is found in time: timers beyond the
// window and lanes longer than memory.
func TestHundredThousandPending(t *testing.T) {
	t.Parallel()
	n := 100_000
	if testing.Short() {
		n = 10_000
	}
	st := kvtest.Open(t)
	fake := clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	q := testQueue(t, st, func(o *Options) { o.Clock = fake })
	var mu sync.Mutex
	seen := make(map[int]int, n)
	early := 0
	q.Handle("n", func(_ context.Context, run *Run) error {
		var i int
		if err := run.Decode(&i); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		seen[i]++
		if run.Due.After(fake.Now()) {
			early++
		}
		return nil
	}, nil)
	now := fake.Now()
	half := n / 2
	task := func(i int) Task {
		// An hour's worth, spread without order, of a few owners.
		return Task{Kind: "n", Owner: fmt.Sprint(i % 3), Body: i, Due: now.Add(time.Duration(i*7919%n+1) * time.Hour / time.Duration(n))}
	}
	addMany(t, q, half, task)
	start(t, q)
	addMany(t, q, n-half, func(i int) Task { return task(half + i) })
	count := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(seen)
	}
	time.Sleep(20 * time.Millisecond)
	if c := count(); c != 0 {
		t.Fatalf("%d ran before they were due", c)
	}
	fake.Advance(time.Minute)
	eventually(t, "the first minute", func() bool { return count() == n/60 })
	fake.Advance(time.Hour)
	ran, deadline := 0, time.Now().Add(time.Minute)
	for ran < n && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
		fake.Advance(10 * time.Millisecond)
		if c := count(); c > ran { // however slow the machine is at the moment
			ran, deadline = c, time.Now().Add(time.Minute)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(seen) != n || early > 0 {
		t.Fatalf("%d of %d ran, %d early", len(seen), n, early)
	}
	for i, times := range seen {
		if times != 1 {
			t.Errorf("task %d ran %d times", i, times)
		}
	}
}

// A random history against a clock that is moved by hand: whatever is added,
// cancelled, failed and stopped, each task that is not cancelled succeeds once
// and never before it is due.
func TestRandomHistory(t *testing.T) {
	t.Parallel()
	for range 3 {
		seed := rand.Uint64()
		t.Run(fmt.Sprint(seed), func(t *testing.T) { t.Parallel(); randomHistory(t, rand.New(rand.NewPCG(seed, 1))) })
	}
}

// history is what a random test has seen.
type history struct {
	mu      sync.Mutex
	due     map[int]time.Time
	success map[int]int
}

func randomHistory(t *testing.T, rnd *rand.Rand) {
	t.Helper()
	st := kvtest.Open(t)
	fake := clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	h := &history{due: map[int]time.Time{}, success: map[int]int{}}
	build := func(node string) *Queue {
		q := testQueue(t, st, func(o *Options) { o.Clock, o.Workers, o.Node = fake, 8, node })
		q.Handle("r", func(ctx context.Context, run *Run) error {
			var n int
			if err := run.Decode(&n); err != nil {
				return err
			}
			h.mu.Lock()
			defer h.mu.Unlock()
			if run.Due.After(fake.Now()) {
				t.Errorf("task %d runs at %v, due %v", n, fake.Now(), run.Due)
			}
			if (n+run.Attempt)%5 == 0 {
				return errors.New("sometimes it fails")
			}
			err := st.Update(context.WithoutCancel(ctx), run.Done)
			if err == nil {
				h.success[n]++
			}
			return err
		}, nil)
		return q
	}
	queues := []*Queue{build("a"), build("b")}
	stops := []func(){start(t, queues[0]), start(t, queues[1])}
	cancelled := map[int]bool{}
	live := map[int]ID{}
	for n := range 1500 {
		q := queues[rnd.IntN(2)]
		switch rnd.IntN(12) {
		case 0:
			fake.Advance(time.Duration(rnd.IntN(2000)) * time.Millisecond)
		case 1:
			i := rnd.IntN(2)
			if rnd.IntN(10) == 0 {
				stops[i]()
				queues[i] = build(queues[i].node)
				stops[i] = start(t, queues[i])
			}
		case 2:
			for c, id := range live {
				if err := st.Update(t.Context(), func(tx *kv.Tx) error { return q.Cancel(tx, id) }); err != nil {
					t.Fatal(err)
				}
				cancelled[c] = true
				delete(live, c)
				break
			}
		default:
			due := fake.Now().Add(time.Duration(rnd.IntN(5000)) * time.Millisecond)
			live[n] = add(t, q, Task{Kind: "r", Owner: fmt.Sprint(rnd.IntN(4)), Due: due, Body: n, Policy: Policy{MaxBackoff: time.Second}})[0]
		}
	}
	eventually(t, "all are done", func() bool {
		fake.Advance(50 * time.Millisecond)
		return len(rows(t, st)) == 0
	})
	h.mu.Lock()
	defer h.mu.Unlock()
	for n := range live {
		if h.success[n] != 1 {
			t.Errorf("task %d succeeded %d times", n, h.success[n])
		}
	}
	for n := range cancelled {
		if h.success[n] > 1 {
			t.Errorf("cancelled task %d succeeded %d times", n, h.success[n])
		}
	}
}

// A process that dies leaves leases behind; the next one on the same data does
// not wait for them.
func TestRestartVoidsLeases(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := func() *kv.Store {
		st, err := kv.Open(t.Context(), kv.Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
	st := open()
	q := testQueue(t, st)
	began := make(chan struct{}, 1)
	hang := make(chan struct{})
	q.Handle("h", func(context.Context, *Run) error { began <- struct{}{}; <-hang; return errors.New("killed") }, nil)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = q.Run(ctx) }()
	add(t, q, Task{Kind: "h", Lease: time.Hour}, Task{Kind: "h", Due: time.Now().Add(100 * time.Millisecond), Lease: time.Hour})
	receive(t, began)
	receive(t, began)
	if err := st.Close(); err != nil { // as far as the rows go, this is a kill
		t.Fatal(err)
	}
	cancel()
	close(hang)
	<-ended

	st = open()
	defer st.Close()
	q = testQueue(t, st)
	attempts := make(chan int, 2)
	q.Handle("h", func(_ context.Context, run *Run) error { attempts <- run.Attempt; return nil }, nil)
	stop := start(t, q)
	defer stop()
	if a, b := receive(t, attempts), receive(t, attempts); a != 1 || b != 1 {
		t.Errorf("attempts %d and %d: a process that died is no failed attempt", a, b)
	}
	eventually(t, "rows are gone", func() bool { return len(rows(t, st)) == 0 })
}

// A node finds what another one leaves behind once its lease has ended.
func TestOtherNodeTakesOver(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	fake := clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	dead := testQueue(t, st, func(o *Options) { o.Clock, o.Node = fake, "dead" })
	dead.Handle("h", func(context.Context, *Run) error { return nil }, nil)
	id := add(t, dead, Task{Kind: "h", Lease: 5 * time.Second})[0]
	w := &worker{Queue: dead, instance: "gone", plan: newSchedule()}
	e := &entry{place: place{fake.Now(), id}, owner: "h"}
	if got, err := w.claim(t.Context(), []*entry{e}, 1); err != nil || got[0].run == nil {
		t.Fatal(got, err)
	}
	q := testQueue(t, st, func(o *Options) { o.Clock, o.Node = fake, "live" })
	ran := make(chan time.Time, 1)
	q.Handle("h", func(context.Context, *Run) error { ran <- fake.Now(); return nil }, nil)
	began := fake.Now()
	start(t, q)
	var at time.Time
	eventually(t, "take-over", func() bool {
		fake.Advance(50 * time.Millisecond)
		select {
		case at = <-ran:
			return true
		default:
			return false
		}
	})
	if at.Sub(began) < 5*time.Second {
		t.Errorf("taken over after %v, within the lease", at.Sub(began))
	}
}
