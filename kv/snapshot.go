package kv

import (
	"errors"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
)

// pebbleSnapshot is one version of the store, shared by all who read it. A
// commit makes one; reads make none.
type pebbleSnapshot struct {
	*pebble.Snapshot
	engine  *pebbleEngine
	version uint64
	refs    atomic.Int64
	updates atomic.Int64 // Updates that read it: what they must be checked against is kept
}

// updateSnapshot is a snapshot as an Update reads it.
type updateSnapshot struct{ *pebbleSnapshot }

// release implements snapshot.
func (s updateSnapshot) release() {
	s.updates.Add(-1)
	s.pebbleSnapshot.release()
}

// retain begins a use of s, if it is still open.
func (s *pebbleSnapshot) retain() bool {
	for {
		n := s.refs.Load()
		if n == 0 {
			return false
		}
		if s.refs.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// release implements snapshot. The last one closes it.
func (s *pebbleSnapshot) release() {
	if s.refs.Add(-1) == 0 {
		_ = s.Close() // cannot fail: it only leaves a list
	}
}

// stamp implements snapshot.
func (s *pebbleSnapshot) stamp() stamp { return stamp{s.engine, s.version} }

// unchanged implements snapshot.
func (s *pebbleSnapshot) unchanged(hash uint64, since stamp) bool {
	e := s.engine
	return since.engine == e && since.version <= s.version &&
		e.stripes[hash%stripes].Load() <= since.version && e.clearedAt.Load() <= since.version
}

// lacks implements snapshot.
func (s *pebbleSnapshot) lacks(key string, hash uint64) bool {
	return s.engine.census.Lacks(key, hash, s.version)
}

// get implements snapshot.
func (s *pebbleSnapshot) get(key []byte) ([]byte, bool, error) {
	raw, closer, err := s.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	value := make([]byte, len(raw))
	copy(value, raw)
	return value, true, closer.Close()
}

// maxPage bounds the bytes of a page: large rows come fewer at a time.
const maxPage = 1 << 20

// page implements snapshot.
func (s *pebbleSnapshot) page(in span, reverse bool, limit int) (rows []Pair, more bool, err error) {
	it, err := s.NewIter(&pebble.IterOptions{LowerBound: in.from, UpperBound: in.to})
	if err != nil {
		return nil, false, err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	// NextPrefix goes past what a key was before, which is there until its memory table
	// is flushed: a few versions one by one, more by a search. Prev has no such twin.
	first, step := it.First, it.NextPrefix
	if reverse {
		first, step = it.Last, it.Prev
	}
	size, memory := 0, arena{}
	if limit < firstPage { // somebody's own: most such pages are full
		memory.rows = limit
	}
	for valid := first(); valid; valid = step() {
		if len(rows) == limit || size > maxPage {
			return rows, true, nil
		}
		value, err := it.ValueAndErr()
		if err != nil {
			return nil, false, err
		}
		if rows == nil {
			rows = make([]Pair, 0, min(limit, firstPage))
		}
		rows = append(rows, memory.pair(it.Key(), value, limit-len(rows)))
		size += len(it.Key()) + len(value)
	}
	return rows, false, it.Error()
}

// arena is the memory of a page's rows: a few pieces, each for twice as many
// rows as the one before. Since who keeps one row keeps its piece, pieces are
// small, and large rows have their own.
type arena struct {
	free []byte
	rows int // that the newest piece was made for
}

// maxPiece bounds a piece of an arena that is not for one row alone.
const maxPiece = 16 << 10

// pair copies a row, key and value side by side. left is how many rows may yet
// come, this one included.
func (a *arena) pair(key, value []byte, left int) Pair {
	size := len(key) + len(value)
	if size > len(a.free) {
		if size > maxPiece/4 {
			return pairIn(make([]byte, size), key, value)
		}
		a.rows = min(max(4, 2*a.rows), left)
		a.free = make([]byte, max(size, min(a.rows*(size+size/8), maxPiece)))
	}
	piece := a.free[:size:size]
	a.free = a.free[size:]
	return pairIn(piece, key, value)
}

// pairIn copies a row into memory of its size.
func pairIn(memory, key, value []byte) Pair {
	copy(memory, key)
	copy(memory[len(key):], value)
	return Pair{Key: memory[:len(key):len(key)], Value: memory[len(key):]}
}
