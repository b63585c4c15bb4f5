package kv

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/cockroachdb/pebble/v2"

	"maru.dev/maru/kv/internal/lock"
	"maru.dev/maru/kv/internal/space"
)

var (
	// ErrFull says that a write was refused, or failed, because the disk is full.
	// Reads go on, and so do writes once there is room.
	ErrFull = errors.New("disk is full")

	// ErrUnavailable says that the disk failed under a commit. Whether that commit
	// will be found again is not known; later ones are refused, and reads go on,
	// until the store has been opened anew, which is tried by itself.
	ErrUnavailable = errors.New("storage is unavailable")

	// ErrInUse says that another process uses the data folder.
	ErrInUse = lock.ErrInUse
)

// Room says whether a file beside the store, on its disk, may grow by size bytes:
// nil, or ErrFull where the store needs for itself what is free.
func (s *Store) Room(ctx context.Context, size int) error {
	e, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer s.running.Done()
	return e.room(size, false)
}

// room implements engine.
func (e *pebbleEngine) room(size int, removal bool) error {
	if !e.space.Admits(size, removal) {
		return fmt.Errorf("%w; free some space on the disk of %s", ErrFull, e.space.Dir)
	}
	return nil
}

// DiskError turns the failure of a write to the store's disk into ErrFull or
// ErrUnavailable. Nil is none.
func DiskError(err error) error {
	switch {
	case err == nil:
		return nil
	case space.IsFull(err):
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// fail ends the engine: what it has on disk is not changed any more, and
// whoever waits for it gets an error.
func (e *pebbleEngine) fail(err error) error {
	err = fmt.Errorf("kv: commit: %w", DiskError(err))
	e.syncMu.Lock()
	first := e.failure == nil
	if first {
		e.failure = err
		e.broken.Store(true)
	}
	e.synced.Broadcast()
	e.syncMu.Unlock()
	if first {
		e.log.Error("storage failed", "error", err)
		e.onFailure(err)
	}
	return err
}

// failed returns why no more commits are possible, if so.
func (e *pebbleEngine) failed() error {
	e.syncMu.Lock()
	defer e.syncMu.Unlock()
	return e.failure
}

// events listens to Pebble's background work: a table that cannot be written
// for want of room stops writes before they pile up in memory.
func (e *pebbleEngine) events() *pebble.EventListener {
	return &pebble.EventListener{
		BackgroundError: func(err error) {
			if space.IsFull(err) {
				e.space.Stuck.Store(true)
			}
			e.log.Warn("storage engine", "error", err)
		},
		FlushEnd: func(info pebble.FlushInfo) {
			if info.Err == nil {
				e.space.Stuck.Store(false)
			}
		},
	}
}

// engineLog is Pebble's log, through which it also says that it cannot go on.
type engineLog struct{ e *pebbleEngine }

// Infof implements pebble.Logger: Pebble's own doings are of no interest.
func (engineLog) Infof(string, ...any) {}

// Errorf implements pebble.Logger.
func (l engineLog) Errorf(format string, args ...any) {
	l.e.log.Error("storage engine", "error", fmt.Sprintf(format, args...))
}

// Fatalf implements pebble.Logger. Pebble expects the end of the process. The
// commit path cannot go on and panics into pebbleEngine.write; all else comes
// with an error of its own, and the engine is broken: it changes nothing more.
func (l engineLog) Fatalf(format string, args ...any) {
	err := fmt.Errorf(format, args...)
	for _, arg := range args {
		if cause, ok := arg.(error); ok {
			err = cause
		}
	}
	if strings.HasPrefix(format, "pebble: fatal commit error") {
		panic(err)
	}
	go func() { _ = l.e.fail(err) }() // Pebble's locks are held here
	l.e.broken.Store(true)
}
