// Package space watches how much room the disk of a store has.
package space

import (
	"errors"
	"sync/atomic"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Space keeps a part of the disk free. Pebble does not survive a full disk
// unharmed (a log that cannot grow is the end of it), so writes stop before.
type Space struct {
	Dir   string
	Stuck atomic.Bool // Pebble could not write a table

	fs        vfs.FS
	unchecked atomic.Int64 // bytes written since the last look
	low       atomic.Bool  // at the last look there was too little for anything but removals
	empty     atomic.Bool  // at the last look there was too little even for those
}

// The disk is looked at each time so many bytes were written, and before each
// write while it is full. A commit counts at least for commitCost.
const (
	lookEvery  = 256 << 10
	commitCost = 4 << 10
)

// What is kept free: enough for Pebble to write its memory table and to compact
// a little; and on a small disk a part of it only.
const (
	maxReserve      = 128 << 20
	minReserve      = 8 << 20
	reserveFraction = 50
)

// New returns the space of the disk that holds dir.
func New(fs vfs.FS, dir string) *Space {
	s := &Space{Dir: dir, fs: fs}
	s.unchecked.Store(lookEvery)
	return s
}

// Admits says whether a commit of size bytes may go ahead. Removals may use half
// of what is kept free: they are how one gets room.
func (s *Space) Admits(size int, removal bool) bool {
	n := s.unchecked.Add(int64(size) + commitCost)
	if n >= lookEvery || s.low.Load() {
		s.unchecked.Store(0)
		s.look()
	}
	return !s.empty.Load() && (removal || !s.low.Load() && !s.Stuck.Load())
}

// look asks the disk. One that cannot say has room.
func (s *Space) look() {
	usage, err := s.fs.GetDiskUsage(s.Dir)
	if err != nil {
		return
	}
	reserve := reserveOf(usage)
	s.low.Store(usage.AvailBytes < reserve)
	s.empty.Store(usage.AvailBytes < reserve/2)
}

// reserveOf is what is kept free of a disk.
func reserveOf(usage vfs.DiskUsage) uint64 {
	return min(max(usage.TotalBytes/reserveFraction, minReserve), maxReserve)
}

// Start says whether Pebble may be opened: what its log holds has to be written
// again as tables, and where there is no room for that it tries without end.
// missing is how many bytes have to be freed, or 0.
func (s *Space) Start() (missing uint64) {
	usage, err := s.fs.GetDiskUsage(s.Dir)
	if err != nil {
		return 0
	}
	if least := reserveOf(usage) / 2; usage.AvailBytes < least {
		return least - usage.AvailBytes
	}
	return 0
}

// IsFull says whether err means that there was no room.
func IsFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
