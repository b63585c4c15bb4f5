package kv

import "errors"

// engine is what a Store needs of the database below it, at the level of whole
// transactions, so that one machine's files and a cluster both fit. It orders
// commits by version; all else (tuple keys, overlays, records, retries) is above.
type engine interface {
	// durable returns the newest snapshot that cannot be lost.
	durable() (snapshot, error)
	// latest returns the newest snapshot for a transaction that will commit or
	// settle: what it shows may yet be lost, but then so is the commit.
	latest() (snapshot, error)
	// commit makes c the next version, durably, or returns errConflict when what
	// c has read changed after its snapshot. It awaits the outcome.
	commit(c *changes) error
	// exclusive runs fn on the latest snapshot while nothing else commits, and
	// commits what it returns. It cannot conflict.
	exclusive(fn func(snapshot) (*changes, error)) error
	// settle returns once all that s shows is durable.
	settle(s snapshot) error
	// room says why so many bytes more may not be written to the disk, if so;
	// removal says that they are to free some.
	room(size int, removal bool) error
	// close ends the engine; nothing may be running.
	close() error
}

// snapshot is the store at one version.
type snapshot interface {
	// get returns the value of key in memory that the caller may keep.
	get(key []byte) (value []byte, ok bool, err error)
	// page returns up to limit rows of s in order, in memory that the caller may
	// keep, and whether there may be more.
	page(s span, reverse bool, limit int) (rows []Pair, more bool, err error)
	// stamp says which version of which engine this is, for what is remembered of
	// it.
	stamp() stamp
	// unchanged says whether a key with this hash is here as it was at since, as
	// far as can be told without reading it.
	unchanged(hash uint64, since stamp) bool
	// lacks says whether a key with this hash is certainly not there. It may say no
	// of any key.
	lacks(key string, hash uint64) bool
	// release ends the use of the snapshot.
	release()
}

// stamp is a version of a store. An engine that was opened anew after a failure
// may lack what was applied to the one before, and is another.
type stamp struct {
	engine  any
	version uint64
}

// changes are what a transaction hands over to commit.
type changes struct {
	snap    snapshot // what was read
	reads   []read
	spans   []*span // intervals read
	cleared []span  // removed before any point is written
	points  []point
	stamped []stamped
	fresh   []string // see Tx.Fresh
	hub     *hub     // told of topics once durable, before the commit returns
	topics  []Key
	all     bool // every topic: a reset
}

// wake wakes who waits for what c writes.
func (c *changes) wake() {
	switch {
	case c.all:
		c.hub.wakeAll()
	case len(c.topics) > 0:
		c.hub.wake(c.topics)
	}
}

// empty says whether c writes nothing.
func (c *changes) empty() bool {
	return len(c.points) == 0 && len(c.cleared) == 0 && len(c.stamped) == 0
}

// read is a key that was read. Keys are compared by their hash.
type read struct {
	key  string
	hash uint64
}

// size returns about how many bytes c writes, and whether it only removes.
func (c *changes) size() (size int, removal bool) {
	removal = len(c.stamped) == 0
	for i := range c.points {
		size += len(c.points[i].key) + len(c.points[i].value) + 16
		removal = removal && c.points[i].op == opDelete
	}
	for i := range c.stamped {
		size += len(c.stamped[i].prefix) + len(c.stamped[i].suffix) + len(c.stamped[i].value) + 32
	}
	for i := range c.cleared {
		size += len(c.cleared[i].from) + len(c.cleared[i].to) + 16
	}
	return size + 32, removal
}

// What a transaction does to one key.
const (
	opPut = iota
	opDelete
	opAdd
)

// point is a change to one key.
type point struct {
	key  string
	hash uint64 // as in read
	write
}

// write is the part of a point that is not its key.
type write struct {
	op    int
	value []byte
	delta count // of opAdd
}

// stamped is a row whose key gets the version at commit.
type stamped struct{ prefix, suffix, value []byte }

// errConflict makes Update run its closure again.
var errConflict = errors.New("kv: conflict")

// The user's keys lie in [userFrom, userTo). What sorts before is the store's
// own: see metaKey.
var (
	userFrom = []byte{typeFirst}
	userTo   = []byte{typeEnd}
)
