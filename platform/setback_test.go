package platform

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/clock"
	"maru.dev/maru/internal/transcript"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/setback"
	"maru.dev/maru/service"
)

// waiting is a service with rows that wait for a time.
type waiting struct {
	api.Unimplemented

	fail  bool
	jumps []setback.Jump
}

// errRewind is how a rewinding fails that is to.
var errRewind = errors.New("not this time")

// Rewind notes the jump.
func (w *waiting) Rewind(_ context.Context, walk *setback.Walk) error {
	w.jumps = append(w.jumps, walk.Jump)
	if w.fail {
		return errRewind
	}
	return nil
}

// sitting is one run of a platform over dir, with its clock at a time. use, which
// may be nil, has it while it runs.
func sitting(t *testing.T, dir string, now time.Time, log *slog.Logger, w *waiting, use func(p *Platform, c *clock.Fake)) error {
	t.Helper()
	c := clock.NewFake(now)
	p, err := Open(t.Context(), Config{Listen: "127.0.0.1:0", DataDir: dir, Clock: c, Log: log},
		[]service.Registration{{Model: api.Model, New: func(service.Deps) any { return w }}})
	if err != nil {
		return err
	}
	if use != nil {
		use(p, c)
	}
	return p.Close()
}

// write writes something that is not the platform's.
func write(t *testing.T, p *Platform) {
	t.Helper()
	err := p.store.Update(t.Context(), func(tx *kv.Tx) error { return tx.Put(kv.NewKey("something"), nil) })
	if err != nil {
		t.Error(err)
	}
}

func TestAClockThatWasSetBackIsNoticedOnceAndSaid(t *testing.T) {
	t.Parallel()
	dir, noon := t.TempDir(), time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	one, two, five := noon.Add(time.Hour), noon.Add(2*time.Hour), noon.Add(5*time.Hour)
	steps := []struct {
		name string
		at   time.Time
		want []setback.Jump
	}{
		{"a new folder", noon, nil},
		{"ahead", five, nil},
		{"back by hours", two, []setback.Jump{{By: 3 * time.Hour, Now: two}}},
		{"the same again", two, nil},
		{"back by a moment", two.Add(-moment), nil},
		{"back a second time", one, []setback.Jump{{By: time.Hour, Now: one}}},
		{"ahead again", five, nil},
		{"and back", noon, []setback.Jump{{By: 5 * time.Hour, Now: noon}}},
	}
	for _, s := range steps {
		w, log := &waiting{}, &transcript.Text{}
		if err := sitting(t, dir, s.at, slog.New(slog.NewTextHandler(log, nil)), w, nil); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(w.jumps, s.want) {
			t.Errorf("%s: jumps %v, want %v", s.name, w.jumps, s.want)
		}
		if n := strings.Count(log.String(), "the clock was set back"); n != len(s.want) {
			t.Errorf("%s: said %d times", s.name, n)
		}
	}
}

func TestBringingBackGoesOnWhereItWasCutOff(t *testing.T) {
	t.Parallel()
	dir, noon := t.TempDir(), time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	if err := sitting(t, dir, noon, nil, &waiting{}, nil); err != nil {
		t.Fatal(err)
	}
	first := setback.Jump{By: 3 * time.Hour, Now: noon.Add(-3 * time.Hour)}
	if err := sitting(t, dir, first.Now, nil, &waiting{fail: true}, nil); !errors.Is(err, errRewind) {
		t.Fatalf("%v", err)
	}
	// What was begun is ended, whatever the clock says by then; after that, the
	// clock is looked at.
	w := &waiting{}
	if err := sitting(t, dir, noon.Add(-4*time.Hour), nil, w, nil); err != nil {
		t.Fatal(err)
	}
	want := []setback.Jump{first, {By: time.Hour, Now: noon.Add(-4 * time.Hour)}}
	if !slices.Equal(w.jumps, want) {
		t.Errorf("jumps %v, want %v", w.jumps, want)
	}
	w = &waiting{}
	if err := sitting(t, dir, noon.Add(-4*time.Hour), nil, w, nil); err != nil || len(w.jumps) > 0 {
		t.Errorf("once more: %v, %v", w.jumps, err)
	}
}

// TestTheTimeIsNotedWhileSomethingIsWritten kills nothing: it asks the store.
func TestTheTimeIsNotedWhileSomethingIsWritten(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	err := sitting(t, t.TempDir(), noon, nil, &waiting{}, func(p *Platform, c *clock.Fake) {
		stored := func() (at time.Time) {
			err := p.store.View(t.Context(), func(tx *kv.Tx) (err error) {
				at, _, err = kv.Get[time.Time](tx, notedKey())
				return err
			})
			if err != nil {
				t.Error(err)
			}
			return at
		}
		soon := func(want time.Time) {
			t.Helper()
			for real, late := (clock.System{}), time.Now().Add(time.Minute); !stored().Equal(want); {
				if real.Now().After(late) {
					t.Fatalf("%v is noted, want %v", stored(), want)
				}
				<-real.NewTimer(5 * time.Millisecond).C()
			}
		}
		soon(noon)
		c.Advance(time.Minute)
		write(t, p)
		soon(noon.Add(time.Minute))
	})
	if err != nil {
		t.Error(err)
	}
}

// TestAnIdlePlatformNotesNothing asks for the time to be noted again and again.
func TestAnIdlePlatformNotesNothing(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	c := clock.NewFake(noon)
	p := &Platform{config: Config{DataDir: t.TempDir(), Clock: c, Log: slog.New(slog.DiscardHandler)}}
	store, err := kv.Open(t.Context(), kv.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	p.store = store
	if _, _, err := p.jump(t.Context()); err != nil {
		t.Fatal(err)
	}
	write(t, p)
	for range 2 { // of the second nothing comes but what the first has written
		c.Advance(noteEvery)
		if err := p.note(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	before := store.Stats().Commits
	for range 10 {
		c.Advance(noteEvery)
		if err := p.note(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if after := store.Stats().Commits; after != before {
		t.Errorf("%d commits of an idle platform", after-before)
	}
}

// TestObjectsAreVisitedInTimeThoughTheClockWasSetBack has an object that nothing
// links when the clock is set back by more than the hour for which it is kept.
func TestObjectsAreVisitedInTimeThoughTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	dir, w, now := t.TempDir(), &waiting{}, clock.System{}.Now() // by which objects are kept
	log := slog.New(slog.DiscardHandler)
	err := sitting(t, dir, now.Add(10*time.Hour), log, w, func(p *Platform, _ *clock.Fake) {
		if _, _, err := p.blobs.Put(t.Context(), strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
		write(t, p)
	})
	if err != nil {
		t.Fatal(err)
	}
	err = sitting(t, dir, now, log, w, func(p *Platform, _ *clock.Fake) {
		n := 0
		err := p.store.View(t.Context(), func(tx *kv.Tx) error {
			n = 0
			for row, err := range tx.Scan(kv.Prefix(kv.NewKey("", "", "blob", "due"))) {
				var due time.Time
				if err := errors.Join(err, row.Key.Scan(4, &due)); err != nil {
					return err
				}
				if n++; due.After(now) {
					t.Errorf("it is visited %v later", due.Sub(now))
				}
			}
			return nil
		})
		if err != nil || n != 1 {
			t.Errorf("%d visits, %v", n, err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}
