package main

import (
	"io/fs"
	"os"
	"path"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// memory is what maru may take where it runs.
type memory struct {
	// heap is how far it grows for the sake of rare collections, unless what is
	// alive asks for more (see growth).
	heap int64
	// limit is from where on garbage is collected as often as it must be to stay
	// there; 0 is none. What is alive is kept beyond it.
	limit int64
	// cache is for what is read of the store, and the largest part of what is
	// alive on a store that is larger than it.
	cache int64
}

// Bounds of memory. The heap's is twice the cache's; a larger one made no
// operation faster. A cache that holds a table makes a read of any of its items
// cost half of what it does where the item is read from the system's cache.
const (
	mostHeap   = 512 << 20
	mostCache  = 256 << 20
	leastCache = 16 << 20
)

// memoryOf shares out a machine's memory, of which half is for functions, the
// system and its cache. Where nobody tells how much there is (0) it is plenty.
func memoryOf(machine int64) memory {
	if machine == 0 {
		return memory{heap: mostHeap, cache: mostCache}
	}
	return memory{heap: min(mostHeap, machine/2), limit: machine / 2, cache: min(max(machine/16, leastCache), mostCache)}
}

// collector has garbage collected as often as is worth it, once it is started.
type collector struct {
	memory
	stored atomic.Pointer[func() int64] // nil until the store is open
}

// start has garbage collected as growth says, which is asked after each
// collection. GOGC and GOMEMLIMIT, if set, say otherwise.
func (c *collector) start() {
	if os.Getenv("GOGC") == "" {
		first := setting{percent: 100 * mostGrowth, objects: c.heap}
		debug.SetGCPercent(first.percent)
		c.adjust(first)
	}
	if os.Getenv("GOMEMLIMIT") == "" && c.limit > 0 {
		debug.SetMemoryLimit(c.limit)
	}
}

// setting is what was set after a collection.
type setting struct {
	percent int
	objects int64 // that were alive then, beside what the store holds
}

// adjust waits for the next collection, sets what growth says then, and so on.
// What is allocated while garbage is looked for counts as alive, which on a busy
// machine may be much: the lesser of two collections' objects is nearer the truth.
func (c *collector) adjust(before setting) {
	collected := new([64]byte) // garbage at once; smaller ones may share their fate with others
	runtime.AddCleanup(collected, func(before setting) {
		sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(sample)
		live := int64(sample[0].Value.Uint64())
		now := setting{objects: live}
		if stored := c.stored.Load(); stored != nil {
			now.objects = max(live-(*stored)(), 0)
		}
		now.percent = c.growth(live, min(now.objects, before.objects))
		if now.percent != before.percent {
			debug.SetGCPercent(now.percent)
		}
		c.adjust(now)
	}, before)
}

// Times as much as the objects that are alive, by which the heap grows before
// garbage is collected: where there is room for it, where there is none, and where
// that would be more than half of the bound.
const (
	mostGrowth  = 4
	someGrowth  = 2
	leastGrowth = 1
)

// leastRoom is what the heap grows by at least where as much is alive.
const leastRoom = 64 << 20

// growth is by how much the heap grows before garbage is collected, in percent of
// what is alive. Of that, objects are what a collection costs: all but the store's
// cache and tables, in which it has nothing to look for. The heap grows by a multiple
// of them: most of what a request allocates is dead soon, and collecting costs the
// read path more than anything else. It is less where the heap comes to its bound,
// but never so little that a heap which is nearly all alive is collected without an
// end: near a fixed bound, half of the processor went that way.
func (m memory) growth(live, objects int64) int {
	live = max(live, 1)
	room := max(m.heap-live, min(someGrowth*objects, m.heap/2), leastGrowth*objects)
	room = min(mostGrowth*objects, room)
	return int(100 * max(room, min(live, leastRoom)) / live)
}

// smallHeap is how far a heap grows in pages of the usual size, so that a server
// which does little takes no more than it needs.
const smallHeap = 32 << 20

// hugePages has the heap grow into pages of 2 MiB, up to twice what it is to be:
// where the processor has to look up each page of 4 KiB, a read from a large
// cache, and each collection, takes twice as long. Go has no setting for it, but
// takes the lowest addresses that are free: the kernel is told of those that an
// object has which is never touched, and gone before anything else is made.
func (m memory) hugePages() {
	size := int(2 * m.heap)
	probe, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return // where so much may not be asked for, Go would end the program
	}
	_ = unix.Munmap(probe)
	room := make([]byte, size)
	_ = unix.Madvise(room[min(smallHeap, len(room)):], unix.MADV_HUGEPAGE) // a kernel without them goes on as before
	runtime.KeepAlive(room)
	runtime.GC() // or the first collection would wait for five times as much
}

// machineMemory is what this process may use at most: all of the machine's
// memory, or what its control groups leave it. root is the root of the file
// system. Other systems than Linux do not tell (0).
func machineMemory(root fs.FS) int64 {
	least := int64(0)
	consider := func(n int64) {
		if n > 0 && (least == 0 || n < least) {
			least = n
		}
	}
	for line := range lines(root, "proc/meminfo") {
		if text, ok := strings.CutPrefix(line, "MemTotal:"); ok {
			consider(number(strings.TrimSuffix(strings.TrimSpace(text), " kB")) << 10)
		}
	}
	groups := "sys/fs/cgroup"
	for line := range lines(root, groups+"/memory/memory.limit_in_bytes") {
		consider(number(line))
	}
	for line := range lines(root, "proc/self/cgroup") {
		if own, ok := strings.CutPrefix(line, "0::"); ok {
			// A container sees its own group as the root, and may be told another name.
			for at := path.Clean("/" + own); ; at = path.Dir(at) {
				for line := range lines(root, path.Join(groups, at, "memory.max")) {
					consider(number(line))
				}
				if at == "/" {
					break
				}
			}
		}
	}
	return least
}

// lines are those of a file, without their ends; none if it cannot be read.
func lines(root fs.FS, name string) func(yield func(string) bool) {
	raw, err := fs.ReadFile(root, name)
	if err != nil {
		raw = nil
	}
	return strings.SplitSeq(strings.TrimSpace(string(raw)), "\n")
}

// number is the one that text is, or 0.
func number(text string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
