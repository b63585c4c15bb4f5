package kv

import (
	"cmp"
	"slices"
)

// history remembers what recent commits wrote, so that a transaction that read
// an older snapshot can be checked. It is guarded by the engine's commit lock.
type history struct {
	entries []entry // in order of version
	floor   uint64  // what was committed up to here is forgotten
	weight  int     // sum of the entries' weights
}

// maxHistory bounds the memory of a history, counted in points and ranges: a
// transaction that outlives so much is told that it conflicts, and at last gets
// its turn alone.
const maxHistory = 1 << 20

// entry is what one commit wrote.
type entry struct {
	version uint64
	points  []point // without values
	cleared []span
	stamped []string // keys of rows with the version in them
}

// weight is what e counts for against maxHistory.
func (e *entry) weight() int { return 1 + len(e.points) + len(e.cleared) + len(e.stamped) }

// add appends the newest commit.
func (h *history) add(e entry) {
	h.entries = append(h.entries, e)
	h.weight += e.weight()
	for h.weight > maxHistory && len(h.entries) > 1 {
		h.drop(1)
	}
}

// forget drops what no running transaction can ask for: commits up to version.
func (h *history) forget(version uint64) {
	n, _ := slices.BinarySearchFunc(h.entries, version+1, func(e entry, v uint64) int {
		return cmp.Compare(e.version, v)
	})
	h.drop(n)
}

// drop forgets the n oldest entries.
func (h *history) drop(n int) {
	if n == 0 {
		return
	}
	for i := range h.entries[:n] {
		h.weight -= h.entries[i].weight()
	}
	h.floor = h.entries[n-1].version
	if left := len(h.entries) - n; left <= n {
		// Few are left: moved to the front they use the memory again.
		copy(h.entries, h.entries[n:])
		clear(h.entries[left:])
		h.entries = h.entries[:left]
		return
	}
	clear(h.entries[:n])
	h.entries = h.entries[n:]
}

// conflicts says whether a commit after version wrote what c has read.
func (h *history) conflicts(version uint64, c *changes) bool {
	if len(c.reads) == 0 && len(c.spans) == 0 {
		return false
	}
	if version < h.floor {
		return true
	}
	reads := newReadSet(c.reads)
	for i := len(h.entries) - 1; i >= 0 && h.entries[i].version > version; i-- {
		if h.entries[i].touches(reads, c.spans) {
			return true
		}
	}
	return false
}

// touches says whether e wrote something that was read.
func (e *entry) touches(reads readSet, spans []*span) bool {
	for i := range e.points {
		if reads.has(e.points[i].hash) || inSpans(e.points[i].key, spans) {
			return true
		}
	}
	for _, key := range e.stamped {
		if inSpans(key, spans) {
			return true
		}
	}
	for _, cleared := range e.cleared {
		if reads.in(cleared) {
			return true
		}
		for _, s := range spans {
			if cleared.overlaps(*s) {
				return true
			}
		}
	}
	return false
}

// inSpans says whether key lies in one of spans.
func inSpans(key string, spans []*span) bool {
	for _, s := range spans {
		if key >= string(s.from) && key < string(s.to) {
			return true
		}
	}
	return false
}

// readSet is the set of keys that a transaction read: a handful is searched
// faster than a map.
type readSet struct {
	all  []read
	many map[uint64]struct{} // the hashes, when all are more than a handful
}

// newReadSet returns the set of reads.
func newReadSet(reads []read) readSet {
	if len(reads) <= 16 {
		return readSet{all: reads}
	}
	many := make(map[uint64]struct{}, len(reads))
	for _, r := range reads {
		many[r.hash] = struct{}{}
	}
	return readSet{all: reads, many: many}
}

// has says whether a key of that hash is in the set.
func (r readSet) has(hash uint64) bool {
	if r.many != nil {
		_, ok := r.many[hash]
		return ok
	}
	for i := range r.all {
		if r.all[i].hash == hash {
			return true
		}
	}
	return false
}

// in says whether a key of the set lies in s.
func (r readSet) in(s span) bool {
	for i := range r.all {
		if r.all[i].key >= string(s.from) && r.all[i].key < string(s.to) {
			return true
		}
	}
	return false
}
