package kv

import (
	"io"

	"github.com/cockroachdb/pebble/v2"
)

// newMerger returns how Pebble sums what Tx.Add wrote: eight bytes, big endian.
// Its name is on disk: it cannot change.
func newMerger() *pebble.Merger {
	return &pebble.Merger{
		Name: "maru.sum.1",
		Merge: func(_, value []byte) (pebble.ValueMerger, error) {
			return &sum{n: counterOf(value)}, nil
		},
	}
}

// sum adds up a counter. The order of additions does not matter.
type sum struct{ n int64 }

// MergeNewer implements pebble.ValueMerger.
func (s *sum) MergeNewer(value []byte) error {
	s.n += counterOf(value)
	return nil
}

// MergeOlder implements pebble.ValueMerger.
func (s *sum) MergeOlder(value []byte) error {
	s.n += counterOf(value)
	return nil
}

// Finish implements pebble.ValueMerger.
func (s *sum) Finish(bool) ([]byte, io.Closer, error) { return counterValue(s.n), nil, nil }
