package crash_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
)

// damage is what happens between a kill and the next start.
type damage int

// A power cut leaves less of the log than SIGKILL does: what was not synced is
// there in part, or as zeroes, or as what the disk had there before.
const (
	none     damage = iota
	torn            // the log ends in the middle of what was not acknowledged
	garbled         // the same, with bytes from elsewhere up to its end
	appended        // all is there, and bytes from elsewhere follow
	ahead           // the clock was set ahead
	back            // the clock was set back a little
	damages         // how many there are
)

// String names the damage in the log.
func (d damage) String() string {
	return [...]string{"no damage", "a torn log", "a garbled log", "garbage after the log", "the clock set ahead", "the clock set back"}[d]
}

// loses tells whether the log loses its end. What clients are told from its mark
// on is then not counted.
func (d damage) loses() bool { return d == torn || d == garbled }

// mark is a place in the log: all that was acknowledged before it was taken
// stands in front of it.
type mark struct {
	file string
	size int64
}

// endOfLog is the end of the newest of the engine's log files.
func endOfLog(t *testing.T, dir string) mark {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "rows", "*.log"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d log files below %s: %v", len(files), dir, err)
	}
	// Names are numbers of six digits and, later, more.
	slices.SortFunc(files, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		if a < b {
			return -1
		}
		return 1
	})
	file := files[len(files)-1]
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	return mark{file: file, size: info.Size()}
}

// spoil damages the log of a program that has been killed. Nothing in front of
// since is touched; if a newer file has been begun since, all of that is free.
func spoil(t *testing.T, dir string, d damage, since mark, random *rand.Rand) {
	t.Helper()
	end := endOfLog(t, dir)
	from := end.size
	if d.loses() {
		least := int64(0)
		if end.file == since.file {
			least = min(since.size, end.size)
		}
		from = least + random.Int64N(end.size-least+1)
	}
	f, err := os.OpenFile(end.file, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	// What stands where the log was not synced: noise, zeroes, or an old part of
	// the same log, whose records look sound.
	junk := make([]byte, end.size-from+random.Int64N(64<<10))
	switch what := random.IntN(3); {
	case d == torn:
		junk = nil
	case what == 0:
		seed := [32]byte{byte(random.Uint32()), byte(random.Uint32())}
		_, _ = rand.NewChaCha8(seed).Read(junk)
	case what == 1 && from > 0:
		n, err := f.ReadAt(junk, random.Int64N(from))
		if err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		if junk = junk[:n]; n > 0 {
			junk[0] ^= 0xff // by chance it is a whole record, which no disk makes up
		}
	}
	if err := f.Truncate(from); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(junk, from); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %s kept %d of %d bytes, %d others follow", d, filepath.Base(end.file), from, end.size, len(junk))
}

// wall is where the program's clock is to stand, over all rounds.
type wall struct{ offset time.Duration }

// start starts the program after damage. Where the clock went back it waits until
// it has caught up: a message is not visible before the time at which it came.
func (w *wall) start(t *testing.T, proc *testenv.Proc, d damage, random *rand.Rand) {
	t.Helper()
	var jump, wait time.Duration
	switch d {
	case ahead:
		// All rounds together stay within the day that a stream keeps its records.
		jump = time.Duration(random.Int64N(int64(5 * time.Minute)))
	case back:
		jump = -time.Duration(random.Int64N(int64(2 * time.Second)))
		wait = -jump
	default:
		proc.Start()
		return
	}
	w.offset += jump
	at := clock.System{}.Now().Add(w.offset)
	proc.Start("--time", at.Format(time.RFC3339Nano))
	t.Logf("%s by %v", d, jump.Abs())
	<-clock.System{}.NewTimer(wait).C()
}
