package setback_test

import (
	"errors"
	"testing"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/kv/setback"
)

// now is where the clock stands in these tests, and jump how it came there.
var (
	now  = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	jump = setback.Jump{By: 5 * time.Hour, Now: now}
)

func TestWhatWasDueIsDueAndWhatHadTimeToGoHasIt(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ was, want time.Duration }{
		"due long ago":            {-time.Hour, -time.Hour},
		"due at the present":      {0, 0},
		"due while it was later":  {time.Hour, 0},
		"due when it was noticed": {5 * time.Hour, 0},
		"five seconds to go":      {5*time.Hour + 5*time.Second, 5 * time.Second},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, want := jump.Time(now.Add(tt.was)), now.Add(tt.want); !got.Equal(want) {
				t.Errorf("%v, want %v", got, want)
			}
			if got, want := jump.Nanos(now.Add(tt.was).UnixNano()), now.Add(tt.want).UnixNano(); got != want {
				t.Errorf("%d ns, want %d", got, want)
			}
		})
	}
}

// TestNoRowIsMovedTwiceHoweverOftenTheWalkIsCutOff moves each row of a folder by
// one, which is to be done once.
func TestNoRowIsMovedTwiceHoweverOftenTheWalkIsCutOff(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	const rows, gap = 2_300, 1_000
	folder, other := kv.NewKey("rows"), kv.NewKey("rows!")
	err := st.Update(t.Context(), func(tx *kv.Tx) error {
		for i := range rows {
			if err := tx.Put(folder.With(int64((i+1)*gap)), nil); err != nil {
				return err
			}
		}
		return tx.Put(other.With(int64(1)), nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	cut := errors.New("cut off")
	calls := 0
	walk := func() error {
		w := setback.NewWalk(st, kv.NewKey("", "", "progress"), jump)
		return w.Rows(t.Context(), folder, func(tx *kv.Tx, row kv.Pair) error {
			if calls++; calls%700 == 0 {
				return cut
			}
			var at int64
			if err := row.Key.Scan(1, &at); err != nil {
				return err
			}
			return errors.Join(tx.Delete(row.Key), tx.Put(folder.With(at-1), nil))
		})
	}
	cuts := 0
	for err = walk(); errors.Is(err, cut); err = walk() {
		cuts++
	}
	if err != nil || cuts < 3 {
		t.Fatalf("cut off %d times, then %v", cuts, err)
	}
	if err := walk(); err != nil { // it is over: nothing happens
		t.Fatal(err)
	}
	n := int64(0)
	err = st.View(t.Context(), func(tx *kv.Tx) error {
		for row, err := range tx.Scan(kv.Prefix(folder)) {
			var at int64
			if err := errors.Join(err, row.Key.Scan(1, &at)); err != nil {
				return err
			}
			if n++; at != n*gap-1 {
				t.Fatalf("row %d is at %d", n, at)
			}
		}
		return nil
	})
	if err != nil || n != rows {
		t.Errorf("%d rows, %v", n, err)
	}
}
