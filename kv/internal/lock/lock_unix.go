//go:build unix

package lock

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// File takes the lock on a data folder, or says which process has it. The
// operating system drops the lock when the process ends, however it ends.
func File(name string) (io.Closer, error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		owner, _ := io.ReadAll(io.LimitReader(file, 32)) // best effort: it only names the owner
		return nil, errors.Join(inUse(strings.TrimSpace(string(owner))), file.Close())
	}
	if err == nil {
		err = file.Truncate(0)
	}
	if err == nil {
		_, err = file.WriteString(strconv.Itoa(os.Getpid()) + "\n")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", name, err), file.Close())
	}
	return file, nil
}

// inUse is the error when the process with the number owner has the folder.
func inUse(owner string) error {
	if owner == "" {
		return fmt.Errorf("%w by another process", ErrInUse)
	}
	return fmt.Errorf("%w by process %s; stop it, or choose another data folder", ErrInUse, owner)
}
