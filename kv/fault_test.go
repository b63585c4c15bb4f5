package kv_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

// putKey writes one row.
func putKey(st *kv.Store, key kv.Key) error {
	return st.Update(context.Background(), func(tx *kv.Tx) error { return tx.Put(key, []byte("value")) })
}

// hasKey says whether a row is there.
func hasKey(t *testing.T, st *kv.Store, key kv.Key) (found bool) {
	t.Helper()
	view(t, st, func(tx *kv.Tx) (err error) {
		_, found, err = tx.Get(key)
		return err
	})
	return found
}

// eventually tries until do succeeds.
func eventually(t *testing.T, do func() error) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		err := do()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond) // a fault is healed by another goroutine
	}
}

func TestFullDiskRefusesWritesServesReadsAndRecovers(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spoil func(*kvtest.Disk)
		want  error
	}{
		"full":        {(*kvtest.Disk).Fill, kv.ErrFull},
		"full unseen": {(*kvtest.Disk).FillUnseen, kv.ErrFull},
		"syncs fail":  {(*kvtest.Disk).FailSyncs, kv.ErrUnavailable},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st, disk := kvtest.Faulty(t)
			if err := putKey(st, kv.NewKey("before")); err != nil {
				t.Fatal(err)
			}
			tt.spoil(disk)
			eventually(t, func() error { // the disk is looked at now and then only
				if err := putKey(st, kv.NewKey("during")); !errors.Is(err, tt.want) {
					return fmt.Errorf("got %w", err)
				}
				return nil
			})
			for range 3 {
				if err := putKey(st, kv.NewKey("refused")); !errors.Is(err, tt.want) {
					t.Errorf("got %v", err)
				}
				if !hasKey(t, st, kv.NewKey("before")) {
					t.Error("a row is gone")
				}
			}
			disk.Heal()
			eventually(t, func() error { return putKey(st, kv.NewKey("after")) })
			if !hasKey(t, st, kv.NewKey("before")) || !hasKey(t, st, kv.NewKey("after")) {
				t.Error("a row is gone")
			}
			if hasKey(t, st, kv.NewKey("refused")) {
				t.Error("a refused write is there")
			}
		})
	}
}

// Whatever was acknowledged before, between and after failures is there.
func TestFailuresUnderLoadLoseNothing(t *testing.T) {
	t.Parallel()
	st, disk := kvtest.Faulty(t)
	var mu sync.Mutex
	acked := make(map[string]bool)
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 200 {
				key := kv.NewKey("row", worker, i)
				if err := putKey(st, key); err == nil {
					mu.Lock()
					acked[string(key)] = true
					mu.Unlock()
				} else if !errors.Is(err, kv.ErrUnavailable) && !errors.Is(err, kv.ErrFull) {
					t.Error(err)
				}
				if worker == 0 && i%50 == 20 {
					disk.FailSyncs()
				}
				if worker == 0 && i%50 == 40 {
					disk.Heal()
					eventually(t, func() error { return putKey(st, kv.NewKey("alive")) })
				}
			}
		})
	}
	wg.Wait()
	disk.Heal()
	eventually(t, func() error { return putKey(st, kv.NewKey("alive")) })
	for key := range acked {
		if !hasKey(t, st, kv.Key(key)) {
			t.Errorf("%v was acknowledged and is gone", kv.Key(key))
		}
	}
	if len(acked) < 100 {
		t.Errorf("only %d writes succeeded", len(acked))
	}
}
