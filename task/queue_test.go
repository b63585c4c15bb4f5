package task

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

// testQueue returns a queue over a store of its own, with real time.
func testQueue(t testing.TB, st *kv.Store, change ...func(*Options)) *Queue {
	t.Helper()
	o := Options{Store: st, Clock: clock.System{}, IDs: ids.New(rand.Reader), Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	for _, c := range change {
		c(&o)
	}
	return New(o)
}

// start runs q until the test ends or the returned function is called.
func start(t testing.TB, q *Queue) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- q.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// add adds tasks in one transaction.
func add(t testing.TB, q *Queue, tasks ...Task) []ID {
	t.Helper()
	var out []ID
	err := q.store.Update(t.Context(), func(tx *kv.Tx) error {
		out = nil
		for _, task := range tasks {
			id, err := q.Add(tx, task)
			if err != nil {
				return err
			}
			out = append(out, id)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// rows counts what is stored beside the instance rows and read news.
func rows(t testing.TB, st *kv.Store) map[string]int {
	t.Helper()
	out := map[string]int{}
	err := st.View(context.Background(), func(tx *kv.Tx) error {
		for pair, err := range tx.Scan(kv.Prefix(kv.NewKey("", "", "task"))) {
			if err != nil {
				return err
			}
			var table string
			if err := pair.Key.Scan(3, &table); err != nil {
				return err
			}
			if table != "i" && table != "n" {
				out[table]++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// receive waits for a value.
func receive[T any](t testing.TB, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(2 * time.Minute):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// eventually waits until ok holds.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !ok(); {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestTaskRunsOnceAndLeavesNothing(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	q := testQueue(t, st)
	got := make(chan string, 10)
	q.Handle("greet", func(_ context.Context, run *Run) error {
		var name string
		if err := run.Decode(&name); err != nil {
			return err
		}
		got <- name
		return nil
	}, nil)
	stop := start(t, q)
	add(t, q, Task{Kind: "greet", Body: "ann"}, Task{Kind: "greet", Body: "bob"})
	names := map[string]int{receive(t, got): 1}
	names[receive(t, got)]++
	if diff := cmp.Diff(map[string]int{"ann": 1, "bob": 1}, names); diff != "" {
		t.Error(diff)
	}
	eventually(t, "rows are gone", func() bool { return len(rows(t, st)) == 0 })
	stop()
	if len(got) != 0 {
		t.Errorf("%d further runs", len(got))
	}
}

// A task runs when its time has come, without anybody's looking for it now and then:
// not a nanosecond before, and without the clock's going on after.
func TestTimerIsExact(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	q := testQueue(t, kvtest.Open(t), func(o *Options) { o.Clock = fake })
	ran := make(chan time.Time, 1)
	q.Handle("tick", func(_ context.Context, run *Run) error {
		ran <- run.Due
		return nil
	}, nil)
	start(t, q)
	for i := range 5 {
		due := fake.Now().Add(time.Duration(20+i) * time.Millisecond)
		add(t, q, Task{Kind: "tick", Due: due})
		fake.Advance(due.Sub(fake.Now()) - 1)
		select {
		case <-ran:
			t.Fatal("it ran before it was due")
		case <-time.After(5 * time.Millisecond): // as soon as this machine can
		}
		fake.Advance(1)
		if got := receive(t, ran); !got.Equal(due) {
			t.Errorf("the task of %v ran at %v", got, due)
		}
	}
}

func TestFailureIsRetriedThenBuried(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	q := testQueue(t, st)
	type attempt struct {
		N    int
		Last string
	}
	var tries []attempt
	buried := make(chan string, 1)
	q.Handle("fail", func(_ context.Context, run *Run) error {
		tries = append(tries, attempt{run.Attempt, run.LastErr})
		return fmt.Errorf("no %d", run.Attempt)
	}, func(tx *kv.Tx, run *Run, reason error) error {
		return kv.Put(tx, kv.NewKey("buried"), fmt.Sprintf("%d %v", run.Attempt, reason))
	})
	start(t, q)
	add(t, q, Task{Kind: "fail", Policy: Policy{MaxAttempts: 3, MinBackoff: time.Millisecond}})
	eventually(t, "it is given up", func() bool { return len(rows(t, st)) == 0 })
	_ = st.View(t.Context(), func(tx *kv.Tx) error {
		s, _, err := kv.Get[string](tx, kv.NewKey("buried"))
		buried <- s
		return err
	})
	if got, want := receive(t, buried), "3 no 3"; got != want {
		t.Errorf("buried %q, want %q", got, want)
	}
	want := []attempt{{1, ""}, {2, "no 1"}, {3, "no 2"}}
	if diff := cmp.Diff(want, tries); diff != "" {
		t.Error(diff)
	}
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	q := testQueue(t, kvtest.Open(t))
	runs := make(chan int, 10)
	var again atomic.Bool
	q.Handle("again", func(_ context.Context, run *Run) error {
		runs <- run.Attempt
		if again.CompareAndSwap(false, true) {
			return Again(time.Now().Add(time.Millisecond))
		}
		return nil
	}, nil)
	var buries atomic.Int32
	reasons := make(chan error, 2)
	errWhy := errors.New("why")
	q.Handle("dead", func(context.Context, *Run) error { return Dead(errWhy) },
		func(_ *kv.Tx, _ *Run, reason error) error {
			reasons <- reason
			if buries.Add(1) == 1 {
				return errors.New("cannot bury yet")
			}
			return nil
		})
	q.Handle("panic", func(_ context.Context, run *Run) error {
		runs <- -run.Attempt
		if run.Attempt == 1 {
			panic("ouch")
		}
		return nil
	}, nil)
	start(t, q)

	add(t, q, Task{Kind: "again"})
	if a, b := receive(t, runs), receive(t, runs); a != 1 || b != 1 {
		t.Errorf("attempts %d and %d, want both counted anew", a, b)
	}
	add(t, q, Task{Kind: "panic", Policy: Policy{MinBackoff: time.Millisecond}})
	if a, b := receive(t, runs), receive(t, runs); a != -1 || b != -2 {
		t.Errorf("attempts %d and %d", a, b)
	}
	add(t, q, Task{Kind: "dead"})
	if err := receive(t, reasons); !errors.Is(err, errWhy) {
		t.Errorf("reason %v", err)
	}
	if err := receive(t, reasons); err.Error() != "why" {
		t.Errorf("second reason %v: onDead alone is tried again", err)
	}
}

// A task that is given up may leave another one under its key, which is then the
// one that the key finds.
func TestKeyPassesToTheTaskThatOnDeadAdds(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	q := testQueue(t, st)
	started, proceed, result := make(chan string), make(chan struct{}), make(chan error, 1)
	q.Handle("k", func(ctx context.Context, run *Run) error {
		var body string
		if err := run.Decode(&body); err != nil {
			return err
		}
		started <- body
		switch body {
		case "first":
			return Dead(errors.New("why"))
		case "second":
			<-proceed
			err := st.Update(ctx, run.Done)
			result <- err
			return err
		}
		return nil
	}, func(tx *kv.Tx, _ *Run, _ error) error {
		_, err := q.Add(tx, Task{Kind: "k", Key: "same", Body: "second"})
		return err
	})
	start(t, q)
	add(t, q, Task{Kind: "k", Key: "same", Body: "first"})
	for _, want := range []string{"first", "second"} {
		if got := receive(t, started); got != want {
			t.Fatalf("%q runs, not %q", got, want)
		}
	}
	add(t, q, Task{Kind: "k", Key: "same", Body: "third"})
	if got := receive(t, started); got != "third" {
		t.Fatalf("%q runs", got)
	}
	close(proceed)
	if err := receive(t, result); !errors.Is(err, ErrLost) {
		t.Errorf("the second was not replaced: %v", err)
	}
}

// A target's wish outweighs the policy's delays, but not its end.
func TestAfterWaitsAtLeastSoLong(t *testing.T) {
	t.Parallel()
	q := testQueue(t, kvtest.Open(t))
	why, now := errors.New("why"), q.clock.Now()
	run := &Run{Task: Task{Policy: Policy{MinBackoff: time.Second, MaxBackoff: time.Minute, MaxAge: time.Hour}}, Attempt: 1, FirstDue: now, queue: q}
	if o := run.judge(After(10*time.Minute, why), false); o.retry.Before(now.Add(10*time.Minute)) || o.fault != why { //nolint:errorlint // it is to be bare
		t.Errorf("%+v", o)
	}
	if o := run.judge(After(0, why), false); o.retry.After(q.clock.Now().Add(time.Minute)) || o.dead != nil {
		t.Errorf("%+v", o)
	}
	if o := run.judge(After(2*time.Hour, why), false); o.dead != why { //nolint:errorlint // as above
		t.Errorf("%+v", o)
	}
}

func TestKeyReplacesPending(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	q := testQueue(t, st)
	started, proceed := make(chan string), make(chan struct{})
	results := make(chan error, 2)
	q.Handle("k", func(ctx context.Context, run *Run) error {
		var body string
		if err := run.Decode(&body); err != nil {
			return err
		}
		started <- body
		<-proceed
		err := st.Update(ctx, func(tx *kv.Tx) error {
			if err := run.Done(tx); err != nil {
				return err
			}
			return kv.Put(tx, kv.NewKey("done", body), true)
		})
		results <- err
		return err
	}, nil)
	start(t, q)
	// Pending ones are replaced before they run.
	add(t, q, Task{Kind: "k", Key: "x", Body: "far", Due: time.Now().Add(time.Hour)})
	add(t, q, Task{Kind: "k", Key: "x", Body: "first"})
	if got := receive(t, started); got != "first" {
		t.Fatalf("%q runs", got)
	}
	// One under way is replaced, too, and may not record its success.
	add(t, q, Task{Kind: "k", Key: "x", Body: "second"})
	if got := receive(t, started); got != "second" {
		t.Fatalf("%q runs", got)
	}
	close(proceed)
	var lost, won int
	for range 2 {
		if err := receive(t, results); errors.Is(err, ErrLost) {
			lost++
		} else if err == nil {
			won++
		}
	}
	if lost != 1 || won != 1 {
		t.Errorf("%d lost, %d recorded", lost, won)
	}
	eventually(t, "rows are gone", func() bool { return len(rows(t, st)) == 0 })
}

func TestCancel(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	q := testQueue(t, st)
	q.Handle("c", func(context.Context, *Run) error { t.Error("a cancelled task ran"); return nil }, nil)
	got := add(t, q, Task{Kind: "c"}, Task{Kind: "c", Key: "x"}, Task{Kind: "c", Body: make([]byte, 3*maxPart)})
	err := st.Update(t.Context(), func(tx *kv.Tx) error {
		return errors.Join(q.Cancel(tx, got[0]), q.CancelKey(tx, "c", "x"), q.CancelKey(tx, "c", "other"), q.Cancel(tx, got[2]), q.Cancel(tx, "gone"))
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{}, rows(t, st)); diff != "" {
		t.Error(diff)
	}
	stop := start(t, q)
	stop()
}

func TestLongBody(t *testing.T) {
	t.Parallel()
	q := testQueue(t, kvtest.Open(t))
	body := make([]byte, 2*maxPart+17)
	for i := range body {
		body[i] = byte(i * 7)
	}
	same := make(chan bool, 1)
	q.Handle("long", func(_ context.Context, run *Run) error {
		var got []byte
		if err := run.Decode(&got); err != nil {
			return err
		}
		same <- bytes.Equal(body, got)
		return nil
	}, nil)
	start(t, q)
	add(t, q, Task{Kind: "long", Body: body})
	if !receive(t, same) {
		t.Error("body changed")
	}
}

func TestSerialLaneKeepsOrder(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	q := testQueue(t, st)
	var (
		mu    sync.Mutex
		order []int
		fails = map[int]int{}
	)
	var under atomic.Int32
	q.Handle("s", func(_ context.Context, run *Run) error {
		if under.Add(1) > 1 {
			t.Error("two of a lane at a time")
		}
		defer under.Add(-1)
		var n int
		if err := run.Decode(&n); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if n%7 == 3 && fails[n] < 2 {
			fails[n]++
			return errors.New("not yet")
		}
		order = append(order, n)
		return nil
	}, nil)
	start(t, q)
	for i := 1; i <= 50; i++ {
		add(t, q, Task{Kind: "s", Owner: "lane", Serial: uint64(i), Body: i, Policy: Policy{MinBackoff: time.Millisecond, MaxBackoff: time.Millisecond}})
	}
	eventually(t, "all are done", func() bool { return len(rows(t, st)) == 0 })
	for i, n := range order {
		if n != i+1 {
			t.Fatalf("order %v", order)
		}
	}
	if len(order) != 50 {
		t.Errorf("%d ran", len(order))
	}
}

func TestLeaseEndsAndRunIsTakenOver(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	fake := clock.NewFake(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	q := testQueue(t, st, func(o *Options) { o.Clock = fake })
	type try struct {
		attempt int
		cause   error
	}
	tries := make(chan int, 4)
	ended := make(chan try, 4)
	taken := make(chan struct{})
	q.Handle("hang", func(ctx context.Context, run *Run) error {
		tries <- run.Attempt
		if run.Attempt == 1 {
			if err := run.Extend(ctx, 10*time.Second); err != nil {
				return err
			}
			tries <- 0
			<-ctx.Done()
			<-taken
			err := st.Update(context.WithoutCancel(ctx), run.Done)
			ended <- try{run.Attempt, errors.Join(context.Cause(ctx), err)}
			return err
		}
		return nil
	}, nil)
	start(t, q)
	add(t, q, Task{Kind: "hang", Lease: 5 * time.Second})
	receive(t, tries)
	receive(t, tries)
	fake.Advance(9 * time.Second) // past the lease, but it was extended
	select {
	case n := <-tries:
		t.Fatalf("attempt %d within the extended lease", n)
	case <-time.After(20 * time.Millisecond):
	}
	var second int
	eventually(t, "second attempt", func() bool {
		fake.Advance(100 * time.Millisecond)
		select {
		case second = <-tries:
			return true
		default:
			return false
		}
	})
	close(taken)
	if second != 2 {
		t.Errorf("attempt %d", second)
	}
	if got := receive(t, ended); !errors.Is(got.cause, ErrLost) {
		t.Errorf("first run ended with %v", got.cause)
	}
	eventually(t, "rows are gone", func() bool { return len(rows(t, st)) == 0 })
}

func TestStopReleasesLeases(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	attempts := make(chan int, 4)
	handler := func(block bool) Handler {
		return func(ctx context.Context, run *Run) error {
			attempts <- run.Attempt
			if block {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		}
	}
	q := testQueue(t, st)
	q.Handle("h", handler(true), nil)
	stop := start(t, q)
	add(t, q, Task{Kind: "h", Lease: time.Hour, Policy: Policy{MaxAttempts: 1}})
	receive(t, attempts)
	stop()

	other := testQueue(t, st, func(o *Options) { o.Node = "other" }) // cannot void the lease, so it must have been given back
	other.Handle("h", handler(false), nil)
	start(t, other)
	if got := receive(t, attempts); got != 1 {
		t.Errorf("attempt %d, want the stopped one not to count", got)
	}
}

func TestResetCarriesOn(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	q := testQueue(t, st)
	ran := make(chan string, 10)
	q.Handle("r", func(_ context.Context, run *Run) error {
		var s string
		if err := run.Decode(&s); err != nil {
			return err
		}
		ran <- s
		return nil
	}, nil)
	start(t, q)
	for i := range 3 {
		add(t, q, Task{Kind: "r", Body: "lost", Due: time.Now().Add(time.Hour)}, Task{Kind: "r", Body: "now"})
		if got := receive(t, ran); got != "now" {
			t.Fatalf("%q ran", got)
		}
		if err := st.Reset(t.Context()); err != nil {
			t.Fatal(i, err)
		}
	}
	add(t, q, Task{Kind: "r", Body: "after"})
	if got := receive(t, ran); got != "after" {
		t.Errorf("%q ran", got)
	}
}
