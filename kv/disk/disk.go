// Package disk is the file system below a store and below what is kept in files
// beside it: the system's own, or a test's, which can fail and lose power for
// both at once (kvtest).
package disk

import (
	"errors"
	"os"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// FS is a file system, in the form that the storage engine wants one.
type FS = vfs.FS

// File is an open file of an FS.
type File = vfs.File

// System is the system's own file system.
func System() FS { return vfs.Default }

// SyncFolder makes the names in dir durable.
func SyncFolder(fs FS, dir string) error {
	d, err := fs.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// MakeFolder makes dir, and what is missing above it, durably.
func MakeFolder(fs FS, dir string) error {
	var parents []string // of what is missing
	for at := dir; ; at = fs.PathDir(at) {
		if _, err := fs.Stat(at); !errors.Is(err, os.ErrNotExist) {
			break
		}
		parents = append(parents, fs.PathDir(at))
	}
	if err := fs.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, parent := range parents {
		if err := SyncFolder(fs, parent); err != nil {
			return err
		}
	}
	return nil
}
