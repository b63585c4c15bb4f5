// Package fence keeps a failed storage engine from its files: a new one may
// already use them.
package fence

import (
	"errors"
	"io"
	"os"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// errFenced is what the engine that was left behind gets to see.
var errFenced = errors.New("kv: storage engine has failed and was left behind")

// FS is a file system that an engine can no longer change once it is broken, so
// that a new engine can use the folder while the old one is still read. It takes
// no lock: the folder has one.
type FS struct {
	vfs.FS
	Broken *atomic.Bool // nil for never
}

// check is asked before each change.
func (f *FS) check() error {
	if f.Broken != nil && f.Broken.Load() {
		return errFenced
	}
	return nil
}

// Create implements vfs.FS.
func (f *FS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	return f.wrap(f.FS.Create(name, category))
}

// OpenReadWrite implements vfs.FS.
func (f *FS) OpenReadWrite(name string, category vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	return f.wrap(f.FS.OpenReadWrite(name, category, o...))
}

// ReuseForWrite implements vfs.FS.
func (f *FS) ReuseForWrite(old, name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	return f.wrap(f.FS.ReuseForWrite(old, name, category))
}

// wrap fences a file that is open for writing.
func (f *FS) wrap(opened vfs.File, err error) (vfs.File, error) {
	if err != nil || f.Broken == nil {
		return opened, err
	}
	return &file{File: opened, fence: f}, nil
}

// Link implements vfs.FS.
func (f *FS) Link(old, name string) error {
	if err := f.check(); err != nil {
		return err
	}
	return f.FS.Link(old, name)
}

// Remove implements vfs.FS.
func (f *FS) Remove(name string) error {
	if err := f.check(); err != nil {
		return err
	}
	return f.FS.Remove(name)
}

// RemoveAll implements vfs.FS.
func (f *FS) RemoveAll(name string) error {
	if err := f.check(); err != nil {
		return err
	}
	return f.FS.RemoveAll(name)
}

// Rename implements vfs.FS.
func (f *FS) Rename(old, name string) error {
	if err := f.check(); err != nil {
		return err
	}
	return f.FS.Rename(old, name)
}

// MkdirAll implements vfs.FS.
func (f *FS) MkdirAll(dir string, mode os.FileMode) error {
	if err := f.check(); err != nil {
		return err
	}
	return f.FS.MkdirAll(dir, mode)
}

// Lock implements vfs.FS.
func (f *FS) Lock(string) (io.Closer, error) { return noLock{}, nil }

// Unwrap implements vfs.FS.
func (f *FS) Unwrap() vfs.FS { return f.FS }

// noLock is no lock.
type noLock struct{}

// Close implements io.Closer.
func (noLock) Close() error { return nil }

// file is a file behind a fence.
type file struct {
	vfs.File
	fence *FS
}

// Write implements vfs.File.
func (f *file) Write(p []byte) (int, error) {
	if err := f.fence.check(); err != nil {
		return 0, err
	}
	return f.File.Write(p)
}

// WriteAt implements vfs.File.
func (f *file) WriteAt(p []byte, offset int64) (int, error) {
	if err := f.fence.check(); err != nil {
		return 0, err
	}
	return f.File.WriteAt(p, offset)
}

// Sync implements vfs.File. A failed sync is not tried again: the kernel may
// have dropped what it could not write, and would report success.
func (f *file) Sync() error {
	if err := f.fence.check(); err != nil {
		return err
	}
	return f.File.Sync()
}

// SyncData implements vfs.File.
func (f *file) SyncData() error {
	if err := f.fence.check(); err != nil {
		return err
	}
	return f.File.SyncData()
}

// SyncTo implements vfs.File.
func (f *file) SyncTo(length int64) (bool, error) {
	if err := f.fence.check(); err != nil {
		return false, err
	}
	return f.File.SyncTo(length)
}
