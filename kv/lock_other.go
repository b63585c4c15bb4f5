//go:build !unix

package kv

import (
	"fmt"
	"io"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// lockFile takes the lock on a data folder.
func lockFile(name string) (io.Closer, error) {
	lock, err := vfs.Default.Lock(name)
	if err != nil {
		return nil, fmt.Errorf("%w by another process: %w", ErrInUse, err)
	}
	return lock, nil
}
