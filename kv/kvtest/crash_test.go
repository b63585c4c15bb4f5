package kvtest_test

import (
	"context"
	"errors"
	"testing"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

// put writes one row and its index entry.
func put(t *testing.T, st *kv.Store, i int) {
	t.Helper()
	err := st.Update(context.Background(), func(tx *kv.Tx) error {
		return errors.Join(tx.Put(kv.NewKey("row", i), []byte("value")), tx.Put(kv.NewKey("index", i), nil))
	})
	if err != nil {
		t.Error(err)
	}
}

// count counts the rows below prefix.
func count(t *testing.T, st *kv.Store, prefix string) int {
	t.Helper()
	n := 0
	err := st.View(context.Background(), func(tx *kv.Tx) error {
		for _, err := range tx.Scan(kv.Prefix(kv.NewKey(prefix))) {
			if err != nil {
				return err
			}
			n++
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return n
}

func TestCrashFindsAcknowledgedCommits(t *testing.T) {
	t.Parallel()
	checks, most := 0, 0
	kvtest.Crash(t, func(st *kv.Store, ack func()) {
		for i := range 5 {
			put(t, st, i)
			ack()
		}
	}, func(st *kv.Store, acked int) {
		rows, index := count(t, st, "row"), count(t, st, "index")
		if rows < acked || rows != index {
			t.Errorf("%d acknowledged, %d rows, %d index entries", acked, rows, index)
		}
		checks++
		most = max(most, acked)
	})
	if checks < 20 || most != 5 {
		t.Errorf("%d checks, at most %d acknowledged", checks, most)
	}
}
