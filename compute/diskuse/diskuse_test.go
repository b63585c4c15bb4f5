package diskuse

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// A file counts once and for what it takes of the disk; what is above the limit is
// not even looked at.
func TestDiskUseIsWhatTheDiskHolds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name string, size int) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	use := func() int64 { return Below(dir, []int{os.Getpid()}, 1<<40) }
	empty := use() // this process may hold other removed files of the same disk
	write("a", 1<<20)
	for n := range 10 {
		if err := os.Link(filepath.Join(dir, "a"), filepath.Join(dir, fmt.Sprint("link", n))); err != nil {
			t.Fatal(err)
		}
	}
	write("sparse", 0)
	if err := os.Truncate(filepath.Join(dir, "sparse"), 1<<30); err != nil {
		t.Fatal(err)
	}
	if got := use() - empty; got < 1<<20 || got > 2<<20 {
		t.Errorf("%d bytes, of a file of a megabyte with many names and one of holes", got)
	}
	for n := range 10_000 {
		write(fmt.Sprint("empty", n), 0)
	}
	if got := use() - empty; got < 10_000*entryBytes {
		t.Errorf("%d bytes, of ten thousand files without data", got)
	}
	if got := Below(dir, nil, 100*entryBytes); got > (100+2*readAtOnce)*entryBytes+2<<20 {
		t.Errorf("%d bytes were added up, where %d are too many", got, 100*entryBytes)
	}
	if got := Below(filepath.Join(dir, "none"), nil, 1); got != 0 {
		t.Errorf("%d bytes of what is not there", got)
	}
}

func BenchmarkIdleEnvironment(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		Below(dir, []int{os.Getpid()}, 1<<30)
	}
}
