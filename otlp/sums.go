package otlp

import (
	"crypto/sha256"
	"slices"
	"sync"
)

// What bounds the memory for cumulative sums: how many there are, and how many
// numbers they have together.
const (
	maxSums    = 50_000
	maxNumbers = 1_000_000
)

// sums remembers what cumulative sums were last.
type sums struct {
	began uint64 // nanoseconds since 1970: when this process began to listen

	mu   sync.Mutex
	last map[seriesID]reading
	size int // numbers in all of last
}

// seriesID is the digest of what names a series.
type seriesID [sha256.Size]byte

// reading is what a series was last.
type reading struct {
	began  uint64
	values []float64
}

// newSums returns a memory that begins at a time.
func newSums(began uint64) *sums { return &sums{began: began, last: make(map[seriesID]reading)} }

// grown is by how much a series has grown since it was last told. That is not
// known of one that is told for the first time, unless it began meanwhile.
func (s *sums) grown(q point, now []float64) ([]float64, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	was, known := s.last[q.id]
	s.size += len(now) - len(was.values)
	s.last[q.id] = reading{q.began, slices.Clone(now)}
	for id, r := range s.last {
		if len(s.last) <= maxSums && s.size <= maxNumbers {
			break
		}
		if id != q.id { // any other: there is no telling which is used again
			delete(s.last, id)
			s.size -= len(r.values)
		}
	}
	switch {
	case !known:
		return now, q.began >= s.began
	case q.began != was.began && q.began != 0, now[0] < was.values[0], len(now) != len(was.values):
		return now, true // it began anew
	}
	grown := make([]float64, len(now))
	for i := range now {
		grown[i] = now[i] - was.values[i]
	}
	return grown, true
}
