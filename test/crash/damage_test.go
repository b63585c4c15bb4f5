package crash_test

import (
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
)

// damage is what happens between a kill and the next start, to the log and to
// the clock. Where it befalls the log, the list of the engine's files ends in
// garbage, too.
type damage struct {
	log   loss
	clock jump
}

// damages are those of a run's rounds, in turn.
var damages = [...]damage{{}, {log: torn}, {garbled, ahead}, {appended, back}, {clock: ahead}, {torn, back}}

// String names the damage in the log.
func (d damage) String() string {
	switch {
	case d.clock == steady:
		return d.log.String()
	case d.log == none:
		return d.clock.String()
	}
	return d.log.String() + " and " + d.clock.String()
}

// loss is what becomes of the log.
type loss int

// A power cut leaves less of the log than SIGKILL does: what was not synced is
// there in part, or as zeroes, or as what the disk had there before.
const (
	none     loss = iota
	torn          // the log ends in the middle of what was not acknowledged
	garbled       // the same, with bytes from elsewhere up to its end
	appended      // all is there, and bytes from elsewhere follow
)

// String names the loss.
func (l loss) String() string {
	return [...]string{"no damage", "a torn log", "a garbled log", "garbage after the log"}[l]
}

// loses tells whether the log loses its end. What clients are told from its mark
// on is then not counted.
func (l loss) loses() bool { return l == torn || l == garbled }

// jump is what becomes of the clock.
type jump int

// A clock that has been wrong for hours is set right at some start, or wrong.
const (
	steady jump = iota
	ahead       // it is set ahead by up to hours
	back        // it is set back by up to hours
)

// String names the jump.
func (j jump) String() string {
	return [...]string{"the clock as it was", "the clock set ahead", "the clock set back"}[j]
}

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
func spoil(t *testing.T, dir string, d loss, since mark, random *rand.Rand) {
	t.Helper()
	if d == none {
		return
	}
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
	var junk []byte
	if d != torn {
		junk = leftover(t, f, from, end.size-from, random)
	}
	if err := f.Truncate(from); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(junk, from); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %s kept %d of %d bytes, %d others follow", d, filepath.Base(end.file), from, end.size, len(junk))
	garbleManifests(t, dir, random)
}

// leftover is what stands where a file, kept up to an offset, was not synced, for at
// least so many bytes: noise, zeroes, or an old part of the same file, whose records
// look sound.
func leftover(t *testing.T, f *os.File, from, least int64, random *rand.Rand) []byte {
	t.Helper()
	junk := make([]byte, least+random.Int64N(64<<10))
	switch what := random.IntN(3); {
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
	return junk
}

// garbleManifests has the engine's lists of its files end in an edit that was not
// synced. What was is not touched: files that an edit gives up are removed once it
// is on disk, so that no power cut takes it back.
func garbleManifests(t *testing.T, dir string, random *rand.Rand) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "rows", "MANIFEST-*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d manifests below %s: %v", len(files), dir, err)
	}
	for _, name := range files {
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		junk := leftover(t, f, info.Size(), 0, random)
		if _, err := f.WriteAt(junk, info.Size()); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d other bytes follow its %d", filepath.Base(name), len(junk), info.Size())
	}
}

// wall is where the program's clock is to stand.
type wall struct {
	furthest time.Duration // it is moved by no more at once: a stream keeps its records for a day
	offset   time.Duration // how far it is ahead of the machine's
}

// read notes where a running program's clock stands.
func (w *wall) read(t *testing.T, proc *testenv.Proc) {
	t.Helper()
	w.offset = now(t, proc).Sub(clock.System{}.Now())
}

// late is how much longer than it was to wait anything waits that was brought back
// after a crash, and how far a clock is set back without that.
const late = 3 * time.Second

// start starts the program, with its clock changed. It returns how late that is
// which came in before.
func (w *wall) start(t *testing.T, proc *testenv.Proc, j jump, random *rand.Rand) time.Duration {
	t.Helper()
	by := time.Duration(random.Int64N(int64(w.furthest)))
	switch j {
	case steady:
		proc.Start()
		return 0
	case ahead:
	case back:
		by = -by
	}
	proc.Start("--time", clock.System{}.Now().Add(w.offset+by).Format(time.RFC3339Nano))
	t.Logf("%s by %v, from %v ahead", j, by.Abs(), w.offset)
	if by < 0 {
		return late
	}
	return 0
}

// now is a running program's time.
func now(t *testing.T, p *testenv.Proc) time.Time {
	t.Helper()
	return moved(t, p, http.MethodGet, "")
}

// advance moves a running program's clock ahead.
func advance(t *testing.T, p *testenv.Proc, d time.Duration) {
	t.Helper()
	moved(t, p, http.MethodPost, `{"advance":"`+d.String()+`"}`)
}

// moved asks a program about its clock and returns where it stands.
func moved(t *testing.T, p *testenv.Proc, method, body string) time.Time {
	t.Helper()
	got := p.Ask(t, method, "/_maru/clock", body)
	var at struct{ Time time.Time }
	if err := json.Unmarshal([]byte(got.Body), &at); err != nil || got.Status != http.StatusOK {
		t.Fatalf("the clock says %d %s: %v", got.Status, got.Body, err)
	}
	return at.Time
}
