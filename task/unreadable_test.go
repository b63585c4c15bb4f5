package task

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"maru.dev/maru/internal/transcript"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

// notUTF8 is a text that CBOR's readers refuse.
const notUTF8 = "a\xff"

func TestAddRefusesTextsThatAreNotUTF8(t *testing.T) {
	t.Parallel()
	tests := map[string]Task{
		"kind":    {Kind: notUTF8},
		"owner":   {Kind: "k", Owner: notUTF8},
		"key":     {Kind: "k", Key: notUTF8},
		"account": {Kind: "k", Account: notUTF8},
		"region":  {Kind: "k", Region: notUTF8},
		"trace":   {Kind: "k", TraceID: notUTF8},
	}
	for name, task := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := testQueue(t, kvtest.Open(t))
			err := q.store.Update(t.Context(), func(tx *kv.Tx) error {
				_, err := q.Add(tx, task)
				return err
			})
			if err == nil || !strings.Contains(err.Error(), "not valid UTF-8") {
				t.Errorf("%v", err)
			}
			if left := rows(t, q.store); len(left) != 0 {
				t.Errorf("rows are left: %v", left)
			}
		})
	}
}

// addOld writes a task as it was done before its texts were looked at.
func addOld(t *testing.T, q *Queue, id ID, rec record) {
	t.Helper()
	err := q.store.Update(t.Context(), func(tx *kv.Tx) error {
		if err := saveRecord(tx, id, rec); err != nil {
			return err
		}
		if err := kv.Put(tx, uniqueKey(rec.Kind, rec.Key), string(id)); err != nil {
			return err
		}
		if err := index(tx, id, rec, rec.Due); err != nil {
			return err
		}
		return announce(tx, id, rec, rec.Due)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Before and after a restart, since they are found in different ways.
func TestOldTasksWithTextsThatAreNotUTF8Run(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]bool{"read from the index": true, "heard of": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := testQueue(t, kvtest.Open(t))
			ran := make(chan string, 1)
			q.Handle("k", func(_ context.Context, run *Run) error {
				ran <- run.Key
				return nil
			}, nil)
			rec := record{Kind: "k", Owner: notUTF8, Key: notUTF8, Due: q.clock.Now().UTC(), Body: []byte{0xf6}}
			if before {
				addOld(t, q, "old", rec)
			}
			start(t, q)
			if !before {
				addOld(t, q, "old", rec)
			}
			if got := receive(t, ran); got != notUTF8 {
				t.Errorf("key %q", got)
			}
			eventually(t, "nothing is left", func() bool { return len(rows(t, q.store)) == 0 })
		})
	}
}

func TestARowThatIsNoTaskIsDiscardedOnceAndHoldsUpNone(t *testing.T) {
	t.Parallel()
	var lines transcript.Text
	q := testQueue(t, kvtest.Open(t), func(o *Options) { o.Log = slog.New(slog.NewTextHandler(&lines, nil)) })
	ran := make(chan int, 2)
	q.Handle("k", func(_ context.Context, run *Run) error {
		var n int
		err := run.Decode(&n)
		ran <- n
		return err
	}, nil)
	now := q.clock.Now().UTC()
	err := q.store.Update(t.Context(), func(tx *kv.Tx) error {
		bad := record{Kind: "k", Owner: "o", Due: now}
		if err := index(tx, "bad", bad, now); err != nil {
			return err
		}
		if err := tx.Put(dueKey(now, "hint"), []byte{0xff}); err != nil {
			return err
		}
		return tx.Put(recordKey("bad"), []byte{0xff})
	})
	if err != nil {
		t.Fatal(err)
	}
	add(t, q, Task{Kind: "k", Owner: "o", Due: now.Add(-time.Second), Body: 1}, Task{Kind: "k", Owner: "o", Due: now, Body: 2})
	stop := start(t, q)
	receive(t, ran)
	receive(t, ran)
	eventually(t, "the row is gone", func() bool { return rows(t, q.store)["t"] == 0 })
	eventually(t, "its end is told", func() bool { return strings.Contains(lines.String(), "task discarded") })
	stop()
	if n := strings.Count(lines.String(), "\n"); n != 1 {
		t.Errorf("%d lines:\n%s", n, lines.String())
	}
	if left := rows(t, q.store); left["d"] != 1 || left["l"] != 0 {
		t.Errorf("rows are left: %v", left)
	}
}
