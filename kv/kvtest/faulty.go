package kvtest

import (
	"context"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"maru.dev/maru/kv"
)

// Disk is a disk in memory that can be made to fail.
type Disk struct {
	full    atomic.Bool
	silent  atomic.Bool
	syncErr atomic.Bool
}

// Faulty returns an empty store on a Disk. It is closed when the test ends.
func Faulty(tb testing.TB) (*kv.Store, *Disk) {
	tb.Helper()
	d := &Disk{}
	fs := &faultyFS{FS: errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(d.fail)), disk: d}
	st, err := kv.OpenOn(context.Background(), fs, kv.Options{Dir: dir})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		d.Heal()
		if err := st.Close(); err != nil {
			tb.Error(err)
		}
	})
	return st, d
}

// Fill makes the disk full: it says so when asked, and cannot grow a file.
func (d *Disk) Fill() { d.full.Store(true) }

// FillUnseen makes the disk full without its saying so beforehand, as when
// someone else fills it at once.
func (d *Disk) FillUnseen() {
	d.silent.Store(true)
	d.full.Store(true)
}

// FailSyncs makes every sync fail, as a dying disk does.
func (d *Disk) FailSyncs() { d.syncErr.Store(true) }

// Heal ends all faults.
func (d *Disk) Heal() {
	d.full.Store(false)
	d.silent.Store(false)
	d.syncErr.Store(false)
}

// fail is asked before each operation.
func (d *Disk) fail(op errorfs.Op) error {
	switch op.Kind {
	case errorfs.OpCreate, errorfs.OpFileWrite, errorfs.OpFileWriteAt, errorfs.OpMkdirAll, errorfs.OpLink:
		if d.full.Load() {
			return syscall.ENOSPC
		}
	case errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileSyncTo:
		if d.syncErr.Load() {
			return syscall.EIO
		}
	}
	return nil
}

// faultyFS also tells how full the disk is.
type faultyFS struct {
	vfs.FS
	disk *Disk
}

// GetDiskUsage implements vfs.FS.
func (f *faultyFS) GetDiskUsage(string) (vfs.DiskUsage, error) {
	const total = 100 << 30
	if f.disk.full.Load() && !f.disk.silent.Load() {
		return vfs.DiskUsage{TotalBytes: total, UsedBytes: total}, nil
	}
	return vfs.DiskUsage{TotalBytes: total, AvailBytes: total / 2, UsedBytes: total / 2}, nil
}
