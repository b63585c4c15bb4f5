package profile_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/profile"
)

// lines passes on each line of a log.
type lines chan string

// Write implements io.Writer.
func (l lines) Write(line []byte) (int, error) {
	l <- string(line)
	return len(line), nil
}

// ask runs a Writer over a folder, and returns what asks it and waits for what
// it says. The signal goes to the whole process, so that these tests have their
// turns one after the other.
func ask(t *testing.T, dir string, at *clock.Fake) (once func() string) {
	t.Helper()
	told := make(lines)
	w := profile.On(syscall.SIGUSR1, profile.Options{Dir: dir, Clock: at, Log: slog.New(slog.NewTextHandler(told, nil))})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return func() string {
		t.Helper()
		if err := syscall.Kill(os.Getpid(), syscall.SIGUSR1); err != nil {
			t.Fatal(err)
		}
		return <-told
	}
}

// It has no others beside it: a signal is the whole process's.
func TestASignalHasWhatIsInMemoryWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "profiles")
	said := ask(t, dir, clock.NewFake(time.Date(2026, 11, 21, 16, 0, 1, 500e6, time.UTC)))()
	for name, begin := range map[string]string{
		"heap-20261121T160001.500Z.pprof":     "\x1f\x8b", // what go tool pprof reads is packed
		"goroutines-20261121T160001.500Z.txt": "goroutine profile: total ",
	} {
		file := filepath.Join(dir, name)
		if !strings.Contains(said, file) {
			t.Errorf("%q does not tell of %s", said, file)
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(raw), begin) {
			t.Errorf("%s begins with %q", name, raw[:min(len(raw), 20)])
		}
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s may be read as %v", name, info.Mode())
		}
	}
}

// It has no others beside it: a signal is the whole process's.
func TestTheNewestProfilesAreKept(t *testing.T) {
	dir, at := t.TempDir(), clock.NewFake(time.Date(2026, 11, 21, 16, 0, 0, 0, time.UTC))
	if err := os.WriteFile(filepath.Join(dir, "mine.pprof"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	once := ask(t, dir, at)
	for range 10 {
		once()
		at.Advance(time.Minute)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 8+8+1 {
		t.Errorf("%d files: %v", len(entries), entries)
	}
	for _, name := range []string{"heap-20261121T160200.000Z.pprof", "heap-20261121T160900.000Z.pprof", "mine.pprof"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("%s is gone: %v", name, err)
		}
	}
}

// It has no others beside it: a signal is the whole process's.
func TestAFolderThatCannotBeMadeIsTold(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	once := ask(t, filepath.Join(file, "profiles"), clock.NewFake(time.Unix(0, 0)))
	if said := once(); !strings.Contains(said, "profiles not written") {
		t.Errorf("%q", said)
	}
	if said := once(); !strings.Contains(said, "profiles not written") {
		t.Errorf("the second time: %q", said)
	}
}
