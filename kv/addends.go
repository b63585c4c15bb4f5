package kv

import (
	"errors"

	"github.com/cockroachdb/pebble/v2"
)

// fold writes the sums of c's counters that have been added to often. As nothing
// else commits meanwhile, they are what the additions would come to. Callers
// hold mu.
func (e *pebbleEngine) fold(c *changes, batch *pebble.Batch) error {
	for i := range c.points {
		p := &c.points[i]
		if p.op != opAdd || !e.addends.Full(p.hash) || c.clears(p.key) {
			continue
		}
		sum := p.delta
		stored, closer, err := e.db.Get([]byte(p.key))
		switch {
		case errors.Is(err, pebble.ErrNotFound):
		case err != nil:
			return err
		default:
			sum = sum.plus(countOf(stored))
			if err := closer.Close(); err != nil {
				return err
			}
		}
		if err := batch.Set([]byte(p.key), sum.value(), nil); err != nil {
			return err
		}
	}
	return nil
}

// clears says whether c removes what is stored at key.
func (c *changes) clears(key string) bool {
	for _, s := range c.cleared {
		if s.holds([]byte(key)) {
			return true
		}
	}
	return false
}
