package kvtest

import (
	"context"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"maru.dev/maru/clock"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/disk"
)

// Disk is a disk in memory that can be made to fail.
type Disk struct {
	files   *vfs.MemFS
	full    atomic.Bool
	silent  atomic.Bool
	syncErr atomic.Bool
	slow    atomic.Int64 // nanoseconds that a sync takes
}

// NewDisk returns an empty disk.
func NewDisk() *Disk { return &Disk{files: vfs.NewCrashableMem()} }

// Open opens the store on the disk; the folder that o names is not looked at.
func (d *Disk) Open(ctx context.Context, o kv.Options) (*kv.Store, error) {
	o.Dir, o.Memory = dir, false
	return kv.OpenOn(ctx, d.FS(), o)
}

// FS is the disk's file system, for files beside the store.
func (d *Disk) FS() disk.FS {
	return &faultyFS{FS: errorfs.Wrap(d.files, errorfs.InjectorFunc(d.fail)), disk: d}
}

// PowerCut returns a disk with what this one has synced, and no more.
func (d *Disk) PowerCut() *Disk {
	return &Disk{files: d.files.CrashClone(vfs.CrashCloneCfg{})}
}

// Faulty returns an empty store on a Disk. It is closed when the test ends.
func Faulty(tb testing.TB) (*kv.Store, *Disk) {
	tb.Helper()
	d := NewDisk()
	st, err := d.Open(context.Background(), kv.Options{})
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

// SlowSyncs makes every sync take a time.
func (d *Disk) SlowSyncs(by time.Duration) { d.slow.Store(int64(by)) }

// Heal ends all faults.
func (d *Disk) Heal() {
	d.slow.Store(0)
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
		if slow := d.slow.Load(); slow > 0 {
			<-clock.System{}.NewTimer(time.Duration(slow)).C()
		}
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
