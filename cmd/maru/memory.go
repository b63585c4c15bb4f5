package main

import (
	"io/fs"
	"os"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
)

// memory is what maru may take where it runs.
type memory struct {
	// heap is how much is taken before garbage is collected as often as it must
	// be to stay there. It is no limit: what is alive is kept.
	heap int64
	// cache is for what is read of the store, and the largest part of what is
	// alive on a store that is larger than it.
	cache int64
}

// Bounds of memory. The heap's is twice the cache's: a store of a million of each
// thing stays below it, and a larger one made no operation faster. A cache that
// holds a table makes a read of any of its items cost half of what it does where
// the item is read from the system's cache.
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
	return memory{heap: min(mostHeap, machine/2), cache: min(max(machine/16, leastCache), mostCache)}
}

// collectLess lets the heap grow to five times what is alive before garbage is
// collected: most of what a request allocates is dead soon, what is alive is
// little (the truth is on disk), and collecting costs the read path more than
// anything else. GOGC and GOMEMLIMIT, if set, say otherwise.
func (m memory) collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(m.heap)
	}
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
