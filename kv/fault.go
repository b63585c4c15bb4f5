package kv

import (
	"errors"
	"fmt"
	"io"
	"os"
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

	errFenced = errors.New("kv: storage engine has failed and was left behind")
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

// fence is a file system that an engine can no longer change once it is broken,
// so that a new engine can use the folder while the old one is still read. It
// takes no lock: the folder has one.
type fence struct {
	vfs.FS
	broken *atomic.Bool // nil for never
}

// check is asked before each change.
func (f *fence) check() error {
	if f.broken != nil && f.broken.Load() {
		return errFenced
	}
	return nil
}

// Create implements vfs.FS.
func (f *fence) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	return f.wrap(f.FS.Create(name, category))
}

// OpenReadWrite implements vfs.FS.
func (f *fence) OpenReadWrite(name string, category vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	return f.wrap(f.FS.OpenReadWrite(name, category, o...))
}

// ReuseForWrite implements vfs.FS.
func (f *fence) ReuseForWrite(old, name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	return f.wrap(f.FS.ReuseForWrite(old, name, category))
}

// wrap fences a file that is open for writing.
func (f *fence) wrap(file vfs.File, err error) (vfs.File, error) {
	if err != nil || f.broken == nil {
		return file, err
	}
	return &fencedFile{File: file, fence: f}, nil
}

// Link implements vfs.FS.
func (f *fence) Link(old, name string) error {
	if err := f.check(); err != nil {
		return err
	}
	return f.FS.Link(old, name)
}

// Remove implements vfs.FS.
func (f *fence) Remove(name string) error {
	if err := f.check(); err != nil {
		return err
	}
	return f.FS.Remove(name)
}

// RemoveAll implements vfs.FS.
func (f *fence) RemoveAll(name string) error {
	if err := f.check(); err != nil {
		return err
	}
	return f.FS.RemoveAll(name)
}

// Rename implements vfs.FS.
func (f *fence) Rename(old, name string) error {
	if err := f.check(); err != nil {
		return err
	}
	return f.FS.Rename(old, name)
}

// MkdirAll implements vfs.FS.
func (f *fence) MkdirAll(dir string, mode os.FileMode) error {
	if err := f.check(); err != nil {
		return err
	}
	return f.FS.MkdirAll(dir, mode)
}

// Lock implements vfs.FS.
func (f *fence) Lock(string) (io.Closer, error) { return noLock{}, nil }

// Unwrap implements vfs.FS.
func (f *fence) Unwrap() vfs.FS { return f.FS }

// noLock is no lock.
type noLock struct{}

// Close implements io.Closer.
func (noLock) Close() error { return nil }

// fencedFile is a file behind a fence.
type fencedFile struct {
	vfs.File
	fence *fence
}

// Write implements vfs.File.
func (f *fencedFile) Write(p []byte) (int, error) {
	if err := f.fence.check(); err != nil {
		return 0, err
	}
	return f.File.Write(p)
}

// WriteAt implements vfs.File.
func (f *fencedFile) WriteAt(p []byte, offset int64) (int, error) {
	if err := f.fence.check(); err != nil {
		return 0, err
	}
	return f.File.WriteAt(p, offset)
}

// Sync implements vfs.File. A failed sync is not tried again: the kernel may
// have dropped what it could not write, and would report success.
func (f *fencedFile) Sync() error {
	if err := f.fence.check(); err != nil {
		return err
	}
	return f.File.Sync()
}

// SyncData implements vfs.File.
func (f *fencedFile) SyncData() error {
	if err := f.fence.check(); err != nil {
		return err
	}
	return f.File.SyncData()
}

// SyncTo implements vfs.File.
func (f *fencedFile) SyncTo(length int64) (bool, error) {
	if err := f.fence.check(); err != nil {
		return false, err
	}
	return f.File.SyncTo(length)
}
