package kv

import (
	"encoding/binary"
	"io"

	"github.com/cockroachdb/pebble/v2"
)

// count is the value of a counter, or what is added to it: one number, or two
// that are counted side by side (see Tx.AddPair).
type count struct {
	first, second int64
	pair          bool
}

// countOf reads a counter; what is not one counts as zero.
func countOf(value []byte) count {
	switch len(value) {
	case 8:
		return count{first: int64(binary.BigEndian.Uint64(value))}
	case 16:
		return count{int64(binary.BigEndian.Uint64(value)), int64(binary.BigEndian.Uint64(value[8:])), true}
	}
	return count{}
}

// plus is what both come to.
func (c count) plus(o count) count {
	return count{c.first + o.first, c.second + o.second, c.pair || o.pair}
}

// size is how many bytes c is stored in.
func (c count) size() int {
	if c.pair {
		return 16
	}
	return 8
}

// value is how a counter is stored: like Pebble's merge operands, so that a
// stored sum and an addition are the same bytes.
func (c count) value() []byte {
	value := make([]byte, c.size())
	c.put(value)
	return value
}

// put writes c's value, which is of its size.
func (c count) put(value []byte) {
	binary.BigEndian.PutUint64(value, uint64(c.first))
	if c.pair {
		binary.BigEndian.PutUint64(value[8:], uint64(c.second))
	}
}

// newMerger returns how Pebble sums what Tx.Add and Tx.AddPair wrote: eight bytes
// for each number, big endian. Its name is on disk: it cannot change.
func newMerger() *pebble.Merger {
	return &pebble.Merger{
		Name: "maru.sum.1",
		Merge: func(_, value []byte) (pebble.ValueMerger, error) {
			return &sum{countOf(value)}, nil
		},
	}
}

// sum adds up a counter. The order of additions does not matter.
type sum struct{ count }

// MergeNewer implements pebble.ValueMerger.
func (s *sum) MergeNewer(value []byte) error {
	s.count = s.plus(countOf(value))
	return nil
}

// MergeOlder implements pebble.ValueMerger.
func (s *sum) MergeOlder(value []byte) error { return s.MergeNewer(value) }

// Finish implements pebble.ValueMerger.
func (s *sum) Finish(bool) ([]byte, io.Closer, error) { return s.value(), nil, nil }
