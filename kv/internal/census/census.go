// Package census knows, in memory, which keys are certainly not in the store.
package census

import (
	"sync"
	"sync/atomic"
)

// Census knows of some prefixes which keys may be below them, so that reading a
// key that is not there costs next to nothing: most of what a table of items is
// asked for before it is written. It is exact in one direction: what it has not
// seen is not there. It holds for prefixes that were empty when it began with
// them (see kv.Tx.Fresh), and is gone with the process.
type Census struct {
	mu      sync.RWMutex
	rolls   map[string]*roll // by prefix
	lengths []int            // of the prefixes, each once
	bytes   int              // of all rolls
}

// The sizes of rolls, in bytes. A roll grows in tiers, each four times the one
// before; who has outgrown the last is not counted any more.
const (
	firstTier = 1 << 10
	lastTier  = 4 << 20
	maxCensus = 32 << 20 // of all rolls together
)

// roll is what a census has seen below one prefix: a Bloom filter in tiers.
type roll struct {
	since uint64 // the commit from which on it holds
	tiers atomic.Pointer[[]tier]
	room  int // keys that the newest tier yet takes; guarded by the commit lock
}

// tier is a Bloom filter whose keys each have eight bits in one block, which is
// one line of the processor's cache.
type tier []block

// block is one bit for each eighth of a key's hash.
type block [8]atomic.Uint64

// bitsPerKey keeps false positives of a full tier below one in a hundred.
const bitsPerKey = 12

// odd multipliers spread one half of a hash over the words of a block.
var odd = [8]uint32{0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31}

// at returns the block of a hash.
func (t tier) at(hash uint64) *block { return &t[hash>>32*uint64(len(t))>>32] }

// has says whether the block may have seen the hash.
func (b *block) has(hash uint64) bool {
	for i := range b {
		if b[i].Load()&(1<<(uint32(hash)*odd[i]>>26)) == 0 {
			return false
		}
	}
	return true
}

// add notes the hash.
func (b *block) add(hash uint64) {
	for i := range b {
		b[i].Or(1 << (uint32(hash) * odd[i] >> 26))
	}
}

// has says whether r may have seen the hash.
func (r *roll) has(hash uint64) bool {
	tiers := r.tiers.Load()
	if tiers == nil {
		return false
	}
	for _, t := range *tiers {
		if t.at(hash).has(hash) {
			return true
		}
	}
	return false
}

// of returns the roll of the prefix that key is below, or nil.
func (c *Census) of(key string) *roll {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, n := range c.lengths {
		if len(key) > n {
			if r, ok := c.rolls[key[:n]]; ok {
				return r
			}
		}
	}
	return nil
}

// Lacks says whether a key of that hash is certainly not there at a version.
func (c *Census) Lacks(key string, hash, version uint64) bool {
	r := c.of(key)
	return r != nil && version >= r.since && !r.has(hash)
}

// Begin takes on a prefix below which nothing is before version. Callers hold
// the commit lock, as for all that changes a census.
func (c *Census) Begin(prefix string, version uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rolls == nil {
		c.rolls = make(map[string]*roll)
	}
	c.rolls[prefix] = &roll{since: version}
	for _, n := range c.lengths {
		if n == len(prefix) {
			return
		}
	}
	c.lengths = append(c.lengths[:len(c.lengths):len(c.lengths)], len(prefix))
}

// Add notes that a key is about to be written.
func (c *Census) Add(key string, hash uint64) {
	r := c.of(key)
	if r == nil || r.has(hash) {
		return
	}
	if r.room == 0 && !c.grow(r) {
		c.Forget(key)
		return
	}
	r.room--
	(*r.tiers.Load())[0].at(hash).add(hash)
}

// grow gives r a new tier, the newest in front, if it may have one.
func (c *Census) grow(r *roll) bool {
	size, tiers := firstTier, []tier(nil)
	if old := r.tiers.Load(); old != nil {
		tiers = *old
		size = 4 * len(tiers[0]) * len(block{}) * 8
	}
	if size > lastTier || c.bytes+size > maxCensus {
		return false
	}
	c.bytes += size
	grown := append([]tier{make(tier, size/64)}, tiers...)
	r.tiers.Store(&grown)
	r.room = size * 8 / bitsPerKey
	return true
}

// Forget gives up the prefix that key is below.
func (c *Census) Forget(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.lengths {
		if len(key) > n {
			c.drop(key[:n])
		}
	}
}

// drop gives up a prefix. Callers hold c.mu. Who has its roll may still use it:
// it goes on to be right of all that was committed before, and a snapshot that
// sees more finds it out of date.
func (c *Census) drop(prefix string) {
	r, ok := c.rolls[prefix]
	if !ok {
		return
	}
	delete(c.rolls, prefix)
	if tiers := r.tiers.Load(); tiers != nil {
		for _, t := range *tiers {
			c.bytes -= len(t) * 64
		}
	}
}

// Drop gives up a prefix, whose keys have been removed.
func (c *Census) Drop(prefix string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(prefix)
}

// Clear gives up all prefixes.
func (c *Census) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.rolls)
	c.lengths, c.bytes = nil, 0
}
