//go:build !unix

package lock

import (
	"fmt"
	"io"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// File takes the lock on a data folder.
func File(name string) (io.Closer, error) {
	lock, err := vfs.Default.Lock(name)
	if err != nil {
		return nil, fmt.Errorf("%w by another process: %w", ErrInUse, err)
	}
	return lock, nil
}
