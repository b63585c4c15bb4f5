package kvtest

import (
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// lyingFS is a file system whose logs are not synced when it says so.
type lyingFS struct{ vfs.FS }

// Create implements vfs.FS.
func (l lyingFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	file, err := l.FS.Create(name, category)
	if err != nil || !strings.HasSuffix(name, ".log") {
		return file, err
	}
	return lyingFile{file}, nil
}

// lyingFile is a file that is not synced.
type lyingFile struct{ vfs.File }

// Sync implements vfs.File.
func (lyingFile) Sync() error { return nil }

// SyncData implements vfs.File.
func (lyingFile) SyncData() error { return nil }

// SyncTo implements vfs.File.
func (lyingFile) SyncTo(int64) (bool, error) { return false, nil }
