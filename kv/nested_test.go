package kv_test

import (
	"strings"
	"testing"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

// TestAnUpdateThatWouldWaitForItselfFails has a closure conflict with the
// Update that it makes itself, until it gets the store to itself and that
// Update would wait for ever.
func TestAnUpdateThatWouldWaitForItselfFails(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	key := kv.NewKey("", "", "nested")
	write := func(tx *kv.Tx) error { return tx.Put(key, []byte("x")) }
	runs := 0
	err := st.Update(t.Context(), func(tx *kv.Tx) error {
		runs++
		if _, _, err := tx.Get(key); err != nil {
			return err
		}
		if err := st.Update(t.Context(), write); err != nil {
			return err
		}
		return tx.Put(kv.NewKey("", "", "outer"), []byte("y"))
	})
	if err == nil || !strings.Contains(err.Error(), "inside the closure of an Update") {
		t.Errorf("after %d runs: %v", runs, err)
	}
	// Nothing is held any more, and others may go alone, too.
	if err := st.Update(t.Context(), write); err != nil {
		t.Error(err)
	}
}

// TestOthersWaitWhileAnUpdateHasTheStore has another goroutine commit while an
// Update runs alone: it is no nested one, and goes on afterwards.
func TestOthersWaitWhileAnUpdateHasTheStore(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	key, other := kv.NewKey("", "", "contended"), kv.NewKey("", "", "other")
	done := make(chan error, 1)
	runs := 0
	err := st.Update(t.Context(), func(tx *kv.Tx) error {
		runs++
		if _, _, err := tx.Get(key); err != nil {
			return err
		}
		if runs <= 8 {
			if err := st.Update(t.Context(), func(tx *kv.Tx) error { return tx.Put(key, []byte("x")) }); err != nil {
				return err
			}
			return tx.Put(key, []byte("y"))
		}
		begun := make(chan struct{})
		go func() {
			close(begun)
			done <- st.Update(t.Context(), func(tx *kv.Tx) error { return tx.Put(other, []byte("z")) })
		}()
		<-begun
		return tx.Put(key, []byte("y"))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
