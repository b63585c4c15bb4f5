package kv

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
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
	ErrInUse = errors.New("data folder is in use")
)

// space keeps a part of the disk free. Pebble does not survive a full disk
// unharmed (a log that cannot grow is the end of it), so writes stop before.
type space struct {
	fs        vfs.FS
	dir       string
	unchecked atomic.Int64 // bytes written since the last look
	low       atomic.Bool  // at the last look there was too little for anything but removals
	empty     atomic.Bool  // at the last look there was too little even for those
	stuck     atomic.Bool  // Pebble could not write a table
}

// The disk is looked at each time so many bytes were written, and before each
// write while it is full. A commit counts at least for commitCost.
const (
	lookEvery  = 256 << 10
	commitCost = 4 << 10
)

// What is kept free: enough for Pebble to write its memory table and to compact
// a little; and on a small disk a part of it only.
const (
	maxReserve      = 128 << 20
	minReserve      = 8 << 20
	reserveFraction = 50
)

// newSpace returns the space of the disk that holds dir.
func newSpace(fs vfs.FS, dir string) *space {
	s := &space{fs: fs, dir: dir}
	s.unchecked.Store(lookEvery)
	return s
}

// check says whether a commit of size bytes may go ahead. Removals may use half
// of what is kept free: they are how one gets room.
func (s *space) check(size int, removal bool) error {
	n := s.unchecked.Add(int64(size) + commitCost)
	if n >= lookEvery || s.low.Load() {
		s.unchecked.Store(0)
		s.look()
	}
	if s.empty.Load() || (!removal && (s.low.Load() || s.stuck.Load())) {
		return fmt.Errorf("kv: commit: %w; free some space on the disk of %s", ErrFull, s.dir)
	}
	return nil
}

// look asks the disk. One that cannot say has room.
func (s *space) look() {
	usage, err := s.fs.GetDiskUsage(s.dir)
	if err != nil {
		return
	}
	reserve := min(max(usage.TotalBytes/reserveFraction, minReserve), maxReserve)
	s.low.Store(usage.AvailBytes < reserve)
	s.empty.Store(usage.AvailBytes < reserve/2)
}

// diskError turns the failure of a commit into what callers understand.
func diskError(err error) error {
	if isFull(err) {
		return fmt.Errorf("kv: commit: %w: %w", ErrFull, err)
	}
	return fmt.Errorf("kv: commit: %w: %w", ErrUnavailable, err)
}

// isFull says whether err means that there was no room.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// fail ends the engine: what it has on disk is not changed any more, and
// whoever waits for it gets an error.
func (e *pebbleEngine) fail(err error) error {
	err = diskError(err)
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
			if isFull(err) {
				e.space.stuck.Store(true)
			}
			e.log.Warn("storage engine", "error", err)
		},
		FlushEnd: func(info pebble.FlushInfo) {
			if info.Err == nil {
				e.space.stuck.Store(false)
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
