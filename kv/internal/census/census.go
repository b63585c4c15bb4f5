// Package census knows, in memory, which keys are certainly not in the store.
package census

import (
	"math"
	"sync"
	"sync/atomic"
)

// Census knows of some prefixes which keys may be below them, so that reading a
// key that is not there costs next to nothing: most of what a table of items is
// asked for before it is written. It is exact in one direction: what it has not
// seen is not there. It holds for prefixes that were empty when it began with
// them, or whose keys it has been shown since (see kv.Tx.Fresh), and is gone with
// the process.
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

// never is since when a roll holds that is not complete, or has been given up.
const never = math.MaxUint64

// roll is what a census has seen below one prefix: a Bloom filter in tiers.
type roll struct {
	since atomic.Uint64 // the commit from which on it holds
	tiers atomic.Pointer[[]tier]
	room  int  // keys that the newest tier yet takes; guarded by the commit lock
	gone  bool // stands for a prefix that has been given up
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
	return r != nil && version >= r.since.Load() && !r.has(hash)
}

// Knows says whether the census has taken on a prefix, if only to give it up.
func (c *Census) Knows(prefix string) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.rolls[prefix] != nil
}

// Complete is how many prefixes the census knows all keys of.
func (c *Census) Complete() (n int) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, r := range c.rolls {
		if r.since.Load() != never {
			n++
		}
	}
	return n
}

// Begin takes on a prefix below which nothing is before version. Callers hold
// the commit lock, as for all that changes a census.
func (c *Census) Begin(prefix string, version uint64) { c.begin(prefix, version) }

// begin takes on a prefix.
func (c *Census) begin(prefix string, since uint64) *roll {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rolls == nil {
		c.rolls = make(map[string]*roll)
	}
	c.drop(prefix)
	r := &roll{}
	r.since.Store(since)
	c.rolls[prefix] = r
	for _, n := range c.lengths {
		if n == len(prefix) {
			return r
		}
	}
	c.lengths = append(c.lengths[:len(c.lengths):len(c.lengths)], len(prefix))
	return r
}

// Survey is the taking on of a prefix below which there are keys already. It is
// shown them while new ones are noted as ever.
type Survey struct {
	census *Census
	prefix string
	roll   *roll
}

// Survey takes on a prefix of which nothing is known until End.
func (c *Census) Survey(prefix string) *Survey {
	return &Survey{census: c, prefix: prefix, roll: c.begin(prefix, never)}
}

// Note shows the survey a key. It is false when there is no use in going on: the
// keys are too many, or have been removed.
func (s *Survey) Note(hash uint64) bool { return s.current() && s.census.add(s.roll, hash) }

// End says that all keys have been shown that there were before version.
func (s *Survey) End(version uint64) {
	if s.current() {
		s.roll.since.Store(version)
	}
}

// current says whether the prefix is still the survey's to count.
func (s *Survey) current() bool {
	s.census.mu.RLock()
	defer s.census.mu.RUnlock()
	return s.census.rolls[s.prefix] == s.roll
}

// Add notes that a key is about to be written.
func (c *Census) Add(key string, hash uint64) {
	if r := c.of(key); r != nil {
		c.add(r, hash)
	}
}

// add notes a key in r. It is false when r has no more room.
func (c *Census) add(r *roll, hash uint64) bool {
	if r.gone || r.has(hash) {
		return !r.gone
	}
	if r.room == 0 && !c.grow(r) {
		c.giveUp(r)
		return false
	}
	r.room--
	(*r.tiers.Load())[0].at(hash).add(hash)
	return true
}

// giveUp lets go of what has been counted below the prefix of r, and keeps in
// mind that it is not to be counted again.
func (c *Census) giveUp(r *roll) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for prefix, known := range c.rolls {
		if known == r {
			c.drop(prefix)
			given := &roll{gone: true}
			given.since.Store(never)
			c.rolls[prefix] = given
		}
	}
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
	if r := c.of(key); r != nil && !r.gone {
		c.giveUp(r)
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
