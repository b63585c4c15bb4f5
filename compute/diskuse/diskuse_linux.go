// Package diskuse adds up what a function's files take of a disk.
package diskuse

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	// entryBytes is what a file or folder counts for at least: without data, too, it
	// takes a place on the disk.
	entryBytes = 4 << 10
	// readAtOnce is how many names of a folder are held at a time.
	readAtOnce = 256
)

// count adds up what files take of a disk, until that is more than a limit.
type count struct {
	limit, total int64
	shared       map[uint64]struct{} // inodes that may be met again
}

// Below is what is below a folder, with the files that some processes hold open and
// that have no name (any more): on a disk, or in memory alone. What is above limit is
// not looked for. A folder that is not there (it may be in a sandbox) holds nothing.
func Below(dir string, pids []int, limit int64) int64 {
	c := count{limit: limit, shared: make(map[uint64]struct{})}
	for folders := []string{dir}; len(folders) > 0 && c.total <= limit; {
		last := len(folders) - 1
		folder := folders[last]
		folders = c.folder(folder, folders[:last])
	}
	for _, pid := range pids {
		c.unnamed(pid)
	}
	return c.total
}

// folder adds what is in a folder, and returns further with the folders in it. Where
// a path is longer than the system takes, nothing can be added up: that is too much
// of itself, and no program gets there by paths of its own.
func (c *count) folder(path string, further []string) []string {
	f, err := openFolder(path)
	if errors.Is(err, syscall.ENAMETOOLONG) {
		c.total = c.limit + 1
	}
	if err != nil {
		return further // it is gone
	}
	defer f.Close()
	for c.total <= c.limit {
		entries, err := f.ReadDir(readAtOnce)
		for _, entry := range entries {
			info, err := entry.Info()
			if errors.Is(err, syscall.ENAMETOOLONG) {
				c.total = c.limit + 1
			}
			if err != nil {
				continue
			}
			if stat, ok := info.Sys().(*syscall.Stat_t); ok {
				c.add(stat.Ino, stat.Blocks, stat.Nlink > 1 && !info.IsDir())
			}
			if info.IsDir() {
				further = append(further, filepath.Join(path, entry.Name()))
			}
		}
		if err != nil {
			return further
		}
	}
	return further
}

// openFolder opens a folder, also one that the function has closed to itself.
func openFolder(path string) (*os.File, error) {
	const flags = os.O_RDONLY | syscall.O_DIRECTORY | syscall.O_NOFOLLOW
	f, err := os.OpenFile(path, flags, 0)
	if errors.Is(err, fs.ErrPermission) && os.Chmod(path, 0o700) == nil {
		f, err = os.OpenFile(path, flags, 0)
	}
	return f, err
}

// unnamed adds the files that a process holds open and that have no name.
func (c *count) unnamed(pid int) {
	path := "/proc/" + strconv.Itoa(pid) + "/fd"
	f, err := os.Open(path)
	if err != nil {
		return // it has ended
	}
	defer f.Close()
	for c.total <= c.limit {
		names, err := f.Readdirnames(readAtOnce)
		for _, name := range names {
			var stat unix.Stat_t
			if unix.Stat(path+"/"+name, &stat) == nil && stat.Nlink == 0 && stat.Mode&unix.S_IFMT == unix.S_IFREG {
				c.add(stat.Ino, stat.Blocks, true) // its children hold it, too
			}
		}
		if err != nil {
			return
		}
	}
}

// add adds a file or folder; what may be met again is added once.
func (c *count) add(inode uint64, blocks int64, again bool) {
	if again {
		if _, met := c.shared[inode]; met {
			return
		}
		c.shared[inode] = struct{}{}
	}
	const blockBytes = 512 // whatever the disk's own blocks are
	c.total += max(blocks*blockBytes, entryBytes)
}
