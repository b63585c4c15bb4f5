package compute

import (
	"cmp"
	"path/filepath"
	"strconv"

	"maru.dev/maru/clock"
	"maru.dev/maru/compute/diskuse"
)

const (
	// diskMargin is what the disk itself may need on top, to know where a function's
	// files are: one that fills its /tmp to the last byte is not over.
	diskMargin = 1 << 20
	// diskShare is how much longer than a look the pause after it is: adding up a
	// large tree again and again must not cost more than a tenth of a processor.
	diskShare = 10
	// diskLooks is how many environments' files are added up at a time.
	diskLooks = 4
)

// ephemeralMB is how much /tmp may hold. What names no size has AWS's.
func (f *Function) ephemeralMB() int { return cmp.Or(f.EphemeralMB, 512) }

// lookAtDisk has what e's /tmp holds added up in the background, unless that is
// being done, or was a moment ago. pids are its processes.
func (p *Pool) lookAtDisk(e *environment, pids []int) {
	if !e.looking.CompareAndSwap(false, true) {
		return
	}
	if (clock.System{}).Now().Before(e.nextLook) { // a disk keeps real time
		e.looking.Store(false)
		return
	}
	select {
	case p.looks <- struct{}{}:
	default:
		e.looking.Store(false) // at another tick
		return
	}
	go func() {
		defer func() { <-p.looks }()
		began := clock.System{}.Now()
		limit := int64(e.fn.ephemeralMB()) << 20
		if diskuse.Below(filepath.Join(e.dir, "tmp"), pids, limit+diskMargin) > limit+diskMargin {
			e.broken.Store(&breach{"Runtime.ExitError", "No space left on device: /tmp and files without a name hold more than " + strconv.Itoa(e.fn.ephemeralMB()) + " MB"})
			e.kill()
		}
		ended := clock.System{}.Now()
		e.nextLook = ended.Add(diskShare * ended.Sub(began))
		e.looking.Store(false)
	}()
}
