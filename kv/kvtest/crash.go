package kvtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/disk"
)

// maxCuts bounds the power cuts of one Crash: of longer work a part is taken,
// spread evenly.
const maxCuts = 256

// dir is where stores on disks in memory lie.
const dir = "/store"

// Crash loses power at each moment of work that matters: before every write,
// sync, creation, renaming and removal on disk, and at every acknowledgement,
// which work tells by calling ack after what it did must survive. At each, the
// disk is kept twice: with only what was synced, and with a random part of the
// rest. When work is done, each of these disks is opened, and check is called
// with how many acknowledgements preceded the cut.
//
// Work and check run on the test's goroutine. What work starts must have ended
// when it returns.
func Crash(t *testing.T, work func(st *kv.Store, ack func()), check func(st *kv.Store, acked int)) {
	t.Helper()
	crash(t, newCutDisk(), work, check)
}

// CrashBeside is Crash for work that keeps files beside the store: they are on
// the same disk, and lose power with it.
func CrashBeside(t *testing.T, work func(fs disk.FS, st *kv.Store, ack func()), check func(fs disk.FS, st *kv.Store, acked int)) {
	t.Helper()
	crashBeside(t, newCutDisk(), work, check)
}

// crash is Crash on a given disk.
func crash(tb testing.TB, d *cutDisk, work func(st *kv.Store, ack func()), check func(st *kv.Store, acked int)) {
	tb.Helper()
	crashBeside(tb, d,
		func(_ disk.FS, st *kv.Store, ack func()) { work(st, ack) },
		func(_ disk.FS, st *kv.Store, acked int) { check(st, acked) })
}

// crashBeside is CrashBeside on a given disk.
func crashBeside(tb testing.TB, d *cutDisk, work func(fs disk.FS, st *kv.Store, ack func()), check func(fs disk.FS, st *kv.Store, acked int)) {
	tb.Helper()
	fs := d.recorded()
	st, err := kv.OpenOn(context.Background(), fs, kv.Options{Dir: dir})
	if err != nil {
		tb.Fatal(err)
	}
	d.recording.Store(true)
	d.cut("start")
	work(fs, st, func() {
		d.acked.Add(1)
		d.cut("acknowledgement")
	})
	d.cut("end")
	d.recording.Store(false)
	if err := st.Close(); err != nil {
		tb.Fatalf("close: %v", err)
	}
	for _, c := range d.cuts {
		c.check(tb, check)
	}
	if tb.Failed() {
		tb.Logf("%d power cuts", len(d.cuts))
	}
}

// cutDisk is a disk in memory that keeps what it would hold after power cuts.
type cutDisk struct {
	FS        *vfs.MemFS
	lying     bool // acknowledges syncs of the log, and does not do them: to test the tests
	recording atomic.Bool
	acked     atomic.Int64

	mu     sync.Mutex
	moment uint64 // of the next power cut
	stride uint64 // one in so many moments is kept
	cuts   []cut
}

// cut is what the disk holds after a power cut.
type cut struct {
	moment uint64
	what   string // what was about to happen
	torn   bool   // some of what was not synced is there
	acked  int
	disk   *vfs.MemFS
}

// newCutDisk returns an empty disk.
func newCutDisk() *cutDisk { return &cutDisk{FS: vfs.NewCrashableMem()} }

// recorded returns the disk as it is to be used.
func (d *cutDisk) recorded() disk.FS {
	var below disk.FS = d.FS
	if d.lying {
		below = lyingFS{below}
	}
	return Before(below, func(what string) error {
		if d.recording.Load() {
			d.cut(what)
		}
		return nil
	})
}

// Before returns fs as a file system that calls change before whatever a power
// cut could lose, and does not do it if that returns an error.
func Before(fs disk.FS, change func(what string) error) disk.FS {
	return errorfs.Wrap(fs, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if !changes(op.Kind) {
			return nil
		}
		return change(fmt.Sprintf("operation %d on %s", op.Kind, op.Path))
	}))
}

// changes says whether an operation changes what a power cut leaves.
func changes(kind errorfs.OpKind) bool {
	switch kind {
	case errorfs.OpFileClose, errorfs.OpFilePreallocate, errorfs.OpLock, errorfs.OpFileFlush:
		return false
	default:
		return kind.ReadOrWrite() == errorfs.OpIsWrite
	}
}

// cut keeps what a power cut at this moment would leave.
func (d *cutDisk) cut(what string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	acked := int(d.acked.Load()) // before the disk is looked at: these must be on it
	moment := d.moment
	d.moment++
	d.stride = max(d.stride, 1)
	if moment%d.stride != 0 {
		return
	}
	rng := rand.New(rand.NewPCG(moment, 0))
	d.cuts = append(d.cuts,
		cut{moment: moment, what: what, acked: acked, disk: d.FS.CrashClone(vfs.CrashCloneCfg{})},
		cut{moment: moment, what: what, acked: acked, torn: true, disk: d.FS.CrashClone(vfs.CrashCloneCfg{
			UnsyncedDataPercent: 1 + rng.IntN(99), RNG: rng,
		})},
	)
	if len(d.cuts) > maxCuts {
		d.thin()
	}
}

// thin drops every other moment, those that are kept and those to come.
func (d *cutDisk) thin() {
	d.stride *= 2
	kept := d.cuts[:0]
	for _, c := range d.cuts {
		if c.moment%d.stride == 0 {
			kept = append(kept, c)
		}
	}
	clear(d.cuts[len(kept):])
	d.cuts = kept
}

// check opens what the cut left.
func (c *cut) check(tb testing.TB, check func(fs disk.FS, st *kv.Store, acked int)) {
	tb.Helper()
	failed := tb.Failed()
	defer func() {
		c.disk = nil
		if tb.Failed() && !failed {
			tb.Logf("after a power cut at moment %d, before %s (torn: %v, %d acknowledged)", c.moment, c.what, c.torn, c.acked)
		}
	}()
	st, err := kv.OpenOn(context.Background(), c.disk, kv.Options{Dir: dir})
	if err != nil {
		tb.Errorf("open after a power cut: %v", err)
		return
	}
	defer func() {
		if err := st.Close(); err != nil {
			tb.Errorf("close after a power cut: %v", err)
		}
	}()
	check(c.disk, st, c.acked)
}
