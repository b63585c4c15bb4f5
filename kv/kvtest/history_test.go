package kvtest

import (
	"context"
	"maps"
	"testing"

	"maru.dev/maru/kv"
)

// putAll writes keys, each in a transaction of its own or all in one.
func putAll(ctx context.Context, st *kv.Store, together bool, keys ...string) error {
	if together {
		return st.Update(ctx, func(tx *kv.Tx) error {
			for _, k := range keys {
				if err := tx.Put(kv.NewKey(k), []byte("v")); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for _, k := range keys {
		if err := putAll(ctx, st, true, k); err != nil {
			return err
		}
	}
	return nil
}

func TestHistoryAcceptsWholeOperations(t *testing.T) {
	t.Parallel()
	History(t, func(st *kv.Store, h *Steps) {
		h.Did(nil, putAll(t.Context(), st, true, "a", "b"))
		h.Did(nil, putAll(t.Context(), st, true, "c", "d"))
	})
}

// An operation in two transactions is torn by a cut between them, and is found.
func TestHistoryFindsTornOperations(t *testing.T) {
	t.Parallel()
	seen := &recorder{TB: t}
	d := newCutDisk()
	var h *Steps
	crash(seen, d, func(st *kv.Store, ack func()) {
		h = newSteps(seen, st, ack)
		h.Did(nil, putAll(t.Context(), st, false, "a", "b"))
	}, func(st *kv.Store, acked int) { h.check(h.rows(st), acked) })
	if !seen.Failed() {
		t.Error("half an operation passed")
	}
}

func TestHistoryFindsOperationsThatDoNothing(t *testing.T) {
	t.Parallel()
	seen := &recorder{TB: t}
	st := Open(t)
	h := newSteps(seen, st, func() {})
	h.Did(nil, nil)
	if !seen.Failed() {
		t.Error("an operation without effect passed")
	}
}

func TestDifferenceNamesRows(t *testing.T) {
	t.Parallel()
	one := map[string]string{string(kv.NewKey("a")): "1", string(kv.NewKey("b")): "1"}
	other := maps.Clone(one)
	other[string(kv.NewKey("a"))] = "2"
	delete(other, string(kv.NewKey("b")))
	other[string(kv.NewKey("c"))] = "3"
	if got, want := difference(other, one), `["other value /a" "row missing /b" "row too many /c"]`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
