// Package profile has a running program tell what its memory holds and what its
// goroutines do, without a port for it: at a signal it writes them into files
// that Go's own tools read.
//
// A heap profile is of what is alive: garbage is collected before it is taken.
// Only the newest files are kept.
package profile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"

	"maru.dev/maru/clock"
)

// kept is how many files of each kind there are at most: enough to compare some
// moments of a day, and nothing that fills a disk.
const kept = 8

// moment is how the names of files tell the time, so that they sort by it.
const moment = "20060102T150405.000Z"

// Options say where profiles go.
type Options struct {
	Dir   string // made when it is first needed
	Clock clock.Clock
	Log   *slog.Logger
}

// Writer writes profiles when it is asked to.
type Writer struct {
	options Options
	asked   chan os.Signal
}

// On returns a Writer that a signal asks. From here on the signal does not end
// the program.
func On(s os.Signal, o Options) *Writer {
	w := &Writer{options: o, asked: make(chan os.Signal, 1)}
	signal.Notify(w.asked, s)
	return w
}

// Run writes profiles, at each signal, until ctx ends. Those that come while it
// writes are one. What could not be written is told in the log.
func (w *Writer) Run(ctx context.Context) error {
	defer signal.Stop(w.asked)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-w.asked:
		}
		heap, goroutines, err := w.write()
		if err != nil {
			w.options.Log.ErrorContext(ctx, "profiles not written", "cause", err)
			continue
		}
		w.options.Log.InfoContext(ctx, "profiles written", "heap", heap, "goroutines", goroutines)
	}
}

// write writes both profiles as they are now, and tells where.
func (w *Writer) write() (heap, goroutines string, err error) {
	if err := os.MkdirAll(w.options.Dir, 0o700); err != nil {
		return "", "", fmt.Errorf("make folder of profiles: %w", err)
	}
	now := w.options.Clock.Now().UTC().Format(moment)
	heap = filepath.Join(w.options.Dir, "heap-"+now+".pprof")
	goroutines = filepath.Join(w.options.Dir, "goroutines-"+now+".txt")
	runtime.GC()
	return heap, goroutines, errors.Join(
		save(heap, func(out io.Writer) error { return pprof.Lookup("heap").WriteTo(out, 0) }),
		save(goroutines, func(out io.Writer) error { return pprof.Lookup("goroutine").WriteTo(out, 1) }),
		w.prune("heap-*.pprof"), w.prune("goroutines-*.txt"),
	)
}

// save makes a file that its owner alone reads: what a program holds is not
// everybody's. A file that could not be written to its end is none.
func save(name string, write func(io.Writer) error) error {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(write(file), file.Close()); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", name, err), os.Remove(name))
	}
	return nil
}

// prune removes the oldest files of a kind.
func (w *Writer) prune(kind string) error {
	names, err := filepath.Glob(filepath.Join(w.options.Dir, kind))
	if err != nil {
		return err
	}
	slices.Sort(names)
	for len(names) > kept {
		if err := os.Remove(names[0]); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		names = names[1:]
	}
	return nil
}
