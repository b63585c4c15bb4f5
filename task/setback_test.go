package task

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/clock"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/kv/setback"
)

// The clock of these tests is set back from then to setBackTo.
var (
	setBackTo   = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	setBackFrom = setBackTo.Add(10 * time.Hour)
)

// rewind brings the tasks of a store back.
func rewind(t testing.TB, st *kv.Store) {
	t.Helper()
	q := testQueue(t, st, at(clock.NewFake(setBackTo)))
	w := setback.NewWalk(st, kv.NewKey("", "", "progress"), setback.Jump{By: setBackFrom.Sub(setBackTo), Now: setBackTo})
	if err := q.Rewind(t.Context(), w); err != nil {
		t.Fatal(err)
	}
}

// at has a queue keep a clock's time.
func at(c clock.Clock) func(*Options) { return func(o *Options) { o.Clock = c } }

// before adds tasks of all conditions, each with its name as body, by the old clock.
func before(t testing.TB, st *kv.Store, ack func()) {
	t.Helper()
	q := testQueue(t, st, at(clock.NewFake(setBackFrom)))
	in := func(d time.Duration) time.Time { return setBackFrom.Add(d) }
	add(t, q,
		Task{Kind: "k", Body: "long due", Due: setBackTo.Add(-time.Minute)},
		Task{Kind: "k", Body: "due", Due: in(-5 * time.Hour)},
		Task{Kind: "k", Body: "at once"},
		Task{Kind: "k", Body: "in 5 s", Due: in(5 * time.Second)},
		Task{Kind: "k", Body: "dated", Due: in(time.Second), Dated: true},
		Task{Kind: "k", Owner: "lane", Serial: 1, Body: "first in lane"},
		Task{Kind: "k", Owner: "lane", Serial: 2, Body: "second in lane"},
		Task{Kind: "k", Owner: "lane", Serial: 3, Body: "third in lane", Due: in(20 * time.Second)},
	)
	ack()
	for body, st := range map[string]state{
		"again in 10 s":  {Due: in(10 * time.Second), FirstDue: in(-time.Minute), Attempt: 3, LastErr: "x"},
		"leased":         {Due: in(-time.Second), FirstDue: in(-time.Second), Attempt: 1, Lease: lease{"other", "x", 7, in(15 * time.Second)}},
		"dated, retried": {Due: in(25 * time.Second), FirstDue: in(-time.Minute), Attempt: 1, LastErr: "x"},
	} {
		id := add(t, q, Task{Kind: "k", Body: body, Due: in(-time.Minute), Dated: body == "dated, retried"})[0]
		err := q.store.Update(t.Context(), func(tx *kv.Tx) error {
			rec, _, err := load[record](tx, recordKey(id))
			return errors.Join(err, unindex(tx, id, rec, rec.Due), index(tx, id, rec, st.Due), kv.Put(tx, stateKey(id), st))
		})
		if err != nil {
			t.Fatal(err)
		}
		ack()
	}
}

// TestTasksAreBroughtBackWhenTheClockWasSetBack loses power at each moment of the
// bringing back, too, and goes on with it.
func TestTasksAreBroughtBackWhenTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	const prepared = 4
	want := map[string]time.Duration{
		"long due": -time.Minute, "due": 0, "at once": 0, "in 5 s": 5 * time.Second, "dated": 10*time.Hour + time.Second,
		"first in lane": 0, "second in lane": 0, "third in lane": 20 * time.Second,
		"again in 10 s": 10 * time.Second, "leased": 0, "dated, retried": 25 * time.Second,
	}
	work := func(st *kv.Store, ack func()) {
		before(t, st, ack)
		rewind(t, st)
		ack()
	}
	kvtest.Crash(t, work, func(st *kv.Store, acked int) {
		if acked < prepared {
			return
		}
		rewind(t, st)
		got := make(map[string]time.Duration)
		err := st.View(t.Context(), func(tx *kv.Tx) error {
			indexed := 0
			for row, err := range kv.Scan[record](tx, kv.Prefix(root("t"))) {
				if err != nil {
					return err
				}
				var id string
				if err := row.Key.Scan(4, &id); err != nil {
					return err
				}
				s, err := loadState(tx, ID(id), row.Value)
				if err != nil {
					return err
				}
				var body string
				if err := decode(row.Value.Body, &body); err != nil {
					return err
				}
				got[body] = s.Due.Sub(setBackTo)
				_, inIndex, _ := tx.Get(dueKey(s.Due, ID(id)))
				_, inLane, _ := tx.Get(laneKey(row.Value.Owner).With(s.Due, id))
				if waits := row.Value.Serial > 1; inIndex == waits || inLane == waits {
					t.Errorf("%q is in the index: %t, in its lane's: %t", body, inIndex, inLane)
				}
				if inIndex {
					indexed++
				}
				if body == "leased" && !s.Lease.Until.Equal(setBackTo.Add(15*time.Second)) {
					t.Errorf("the lease ends at %v", s.Lease.Until)
				}
				if body == "again in 10 s" && !s.FirstDue.Equal(setBackTo.Add(-time.Minute)) {
					t.Errorf("the task that is tried again was due at %v", s.FirstDue)
				}
			}
			for _, index := range []string{"d", "l"} {
				rows := 0
				for _, err := range tx.Scan(kv.Prefix(root(index))) {
					if err != nil {
						return err
					}
					rows++
				}
				if rows != indexed {
					t.Errorf("%d rows in %s for %d tasks", rows, index, indexed)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("due (-want +got):\n%s", diff)
		}
	})
}

// TestTasksThatWereBroughtBackRun runs them by the clock that was set back.
func TestTasksThatWereBroughtBackRun(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	before(t, st, func() {})
	rewind(t, st)
	c := clock.NewFake(setBackTo)
	q := testQueue(t, st, at(c))
	ran := make(chan string, 16)
	q.Handle("k", func(_ context.Context, run *Run) error {
		var body string
		if err := run.Decode(&body); err != nil {
			return err
		}
		ran <- body
		return nil
	}, nil)
	start(t, q)
	steps := []struct {
		after time.Duration
		want  map[string]bool
	}{
		{0, map[string]bool{"long due": true, "due": true, "at once": true, "first in lane": true, "second in lane": true}},
		{5 * time.Second, map[string]bool{"in 5 s": true}},
		{5 * time.Second, map[string]bool{"again in 10 s": true}},
		{5 * time.Second, map[string]bool{"leased": true}},
		{5 * time.Second, map[string]bool{"third in lane": true}},
		{5 * time.Second, map[string]bool{"dated, retried": true}},
		{10 * time.Hour, map[string]bool{"dated": true}},
	}
	for _, step := range steps {
		eventually(t, "what ran is recorded", func() bool { return q.Running() == 0 })
		c.Advance(step.after)
		got := make(map[string]bool)
		for range step.want {
			got[receive(t, ran)] = true
		}
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("after another %v (-want +got):\n%s", step.after, diff)
		}
	}
}
