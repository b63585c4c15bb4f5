package blob

import (
	"errors"
	"testing"
	"time"

	"maru.dev/maru/clock"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/setback"
)

// setBack is f as the process after it finds it, with a clock that was set back.
func setBack(t *testing.T, f *fixture, by time.Duration) *fixture {
	t.Helper()
	c := clock.NewFake(f.clock.Now().Add(-by))
	next := &fixture{newStore(f.kv, f.files, c), c, f.folder}
	w := setback.NewWalk(f.kv, kv.NewKey("", "", "progress"), setback.Jump{By: by, Now: c.Now()})
	for range 2 { // the second finds it done
		must(t, next.Rewind(t.Context(), w))
	}
	return next
}

func TestSpaceIsFreedAsSoonThoughTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, f *fixture) {
		linked, replaced := put(t, f.Store, "linked"), put(t, f.Store, "replaced")
		must(t, change(f.Store, linked, f.Link))
		must(t, change(f.Store, replaced, f.Link))
		never := put(t, f.Store, "never linked")
		f.clock.Advance(unlinkedFor / 4)
		again := put(t, f.Store, "put again")
		f.clock.Advance(unlinkedFor / 4)
		put(t, f.Store, "put again")
		must(t, change(f.Store, replaced, f.Unlink)) // and the process dies before it sweeps

		f = setBack(t, f, 10*time.Hour)
		left := func() (refs []Ref) {
			must(t, f.sweep(t.Context()))
			for _, ref := range []Ref{linked, replaced, never, again} {
				if _, err := read(f.Store, ref); err == nil {
					refs = append(refs, ref)
				} else if !errors.Is(err, ErrNotFound) {
					t.Fatal(err)
				}
			}
			return refs
		}
		steps := []struct {
			after time.Duration
			want  int
		}{{0, 3}, {unlinkedFor/2 - 1, 3}, {1, 2}, {unlinkedFor/2 - 1, 2}, {1, 1}}
		for _, step := range steps {
			f.clock.Advance(step.after)
			if got := left(); len(got) != step.want || got[0] != linked {
				t.Errorf("at %v there is %v, want %d of them", f.clock.Now(), got, step.want)
			}
		}
	})
}
