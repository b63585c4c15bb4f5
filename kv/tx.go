package kv

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
)

// Limits of a row. Larger values belong into package blob.
const (
	MaxKey   = 16 << 10
	MaxValue = 1 << 20
	MaxTx    = 64 << 20 // sum of the keys and values that one transaction writes
)

var (
	// ErrTooLarge is wrapped by errors about keys, values and transactions that
	// are beyond the limits.
	ErrTooLarge = errors.New("too large")

	errReadOnly = errors.New("kv: write in a View")
	errEnded    = errors.New("kv: use of a transaction outside its closure")
)

// Tx is a transaction. It is for one goroutine, and only inside its closure.
type Tx struct {
	snap     snapshot
	store    *Store
	rows     uint64 // that were read
	readOnly bool
	ended    bool

	reads      []read // in an Update: what must not have changed at commit
	firstReads [4]read
	spans      []*span

	writes  writes
	sorted  []string // the keys of writes in order, once a scan needed them
	ordered bool     // sorted is kept
	cleared []span   // DeleteRange: under all of writes, which it has removed
	stamped []stamped
	topics  []Key
	fresh   []string
	size    int
	result  changes // what is committed in the end

	firstTopic [1]Key
	ctx        context.Context //nolint:containedctx // a transaction is one call of Update
}

// Context is the context of the Update that tx belongs to. It is for what a
// change notes about its cause.
func (tx *Tx) Context() context.Context {
	if tx.ctx == nil {
		return context.Background()
	}
	return tx.ctx
}

// newTx returns a transaction for an Update that reads snap.
func newTx(snap snapshot, store *Store) *Tx {
	tx := &Tx{snap: snap, store: store}
	tx.reads, tx.topics = tx.firstReads[:0], tx.firstTopic[:0]
	return tx
}

// Get returns the value of key, which the caller may keep but not change.
func (tx *Tx) Get(key Key) (value []byte, ok bool, err error) {
	if tx.ended {
		return nil, false, errEnded
	}
	w := tx.writes.at(key)
	switch {
	case w != nil && w.op == opPut:
		return w.value, true, nil
	case w != nil && w.op == opDelete:
		return nil, false, nil
	case w == nil && tx.isCleared(key):
		return nil, false, nil
	}
	value, ok, err = tx.read(key)
	if err != nil || w == nil {
		return value, ok, err
	}
	return countOf(value).plus(w.delta).value(), true, nil
}

// read returns what the snapshot holds at key, and remembers that it mattered.
func (tx *Tx) read(key Key) (value []byte, ok bool, err error) {
	if !tx.readOnly {
		k := string(key)
		hash := tx.store.hash(k)
		tx.note(k, hash)
		if tx.snap.lacks(k, hash) {
			return nil, false, nil
		}
	}
	tx.rows++
	value, ok, err = tx.snap.get(key)
	if err != nil {
		return nil, false, fmt.Errorf("kv: get %v: %w", key, err)
	}
	return value, ok, nil
}

// note remembers that key was read.
func (tx *Tx) note(key string, hash uint64) {
	if !tx.readOnly {
		tx.reads = append(tx.reads, read{key: key, hash: hash})
	}
}

// wrote says whether the transaction has changed what is at key.
func (tx *Tx) wrote(key []byte) bool {
	return tx.writes.at(key) != nil || tx.isCleared(key)
}

// isCleared says whether the transaction has removed what was stored at key.
func (tx *Tx) isCleared(key []byte) bool {
	for _, s := range tx.cleared {
		if s.holds(key) {
			return true
		}
	}
	return false
}

// Put sets key to value (at most 1 MiB). tx keeps value: the caller may no
// longer change it.
func (tx *Tx) Put(key Key, value []byte) error {
	if err := tx.writable(key, len(value)); err != nil {
		return err
	}
	return tx.set(key, write{op: opPut, value: value}, len(value))
}

// Delete removes key, which need not exist.
func (tx *Tx) Delete(key Key) error {
	if err := tx.writable(key, 0); err != nil {
		return err
	}
	return tx.set(key, write{op: opDelete}, 0)
}

// DeleteRange removes all keys of r; r's Limit and Reverse do not matter.
func (tx *Tx) DeleteRange(r Range) error {
	s := r.span()
	if s.empty() {
		return tx.mayWrite()
	}
	if err := errors.Join(tx.mayWrite(), checkBound(s.from), checkBound(s.to)); err != nil {
		return err
	}
	s = span{from: slices.Clone(s.from), to: slices.Clone(s.to)}
	tx.writes.remove(s)
	tx.sorted, tx.ordered = nil, false
	tx.cleared = append(tx.cleared, s)
	return tx.grow(len(s.from) + len(s.to))
}

// PutAtCommit writes value under prefix + version + suffix, where version is
// the transaction's place in the order of commits: it grows with each commit
// and is never used twice in a store's life. So a log can be appended to by
// many writers without conflicts, and a reader who has seen version n never
// meets a smaller one later. The row cannot be read in the same transaction.
// On reading, version is a uint64 part of the key (see Key.Parts).
func (tx *Tx) PutAtCommit(prefix Key, suffix []any, value []byte) error {
	row := stamped{prefix: slices.Clone(prefix), suffix: NewKey(suffix...), value: value}
	size := len(row.prefix) + 9 + len(row.suffix)
	if len(prefix) == 0 {
		return errKey
	}
	if err := tx.writable(prefix, len(value)); err != nil {
		return err
	}
	if size > MaxKey {
		return keyTooLarge(size)
	}
	tx.stamped = append(tx.stamped, row)
	return tx.grow(size + len(value))
}

// Add adds delta to the counter at key without reading it, so that concurrent
// adds do not conflict. A counter that does not exist is zero, and so is what
// is not a counter.
func (tx *Tx) Add(key Key, delta int64) error { return tx.add(key, count{first: delta}) }

// AddPair is Add for a counter of two numbers that change together, which costs
// less than two counters. A counter of one number becomes one of two, whose
// second is zero, by the first addition to it.
func (tx *Tx) AddPair(key Key, first, second int64) error {
	return tx.add(key, count{first, second, true})
}

// add adds to the counter at key.
func (tx *Tx) add(key Key, delta count) error {
	if err := tx.writable(key, 0); err != nil {
		return err
	}
	own := tx.writes.at(key)
	var w write
	switch {
	case own != nil && own.op == opAdd:
		w = write{op: opAdd, delta: own.delta.plus(delta)}
	case own != nil && own.op == opPut:
		w = write{op: opPut, value: countOf(own.value).plus(delta).value()}
	case own != nil || tx.isCleared(key):
		w = write{op: opPut, value: delta.value()}
	default:
		w = write{op: opAdd, delta: delta}
	}
	return tx.set(key, w, delta.size())
}

// Count returns the counter at key, this transaction's own adds included.
func (tx *Tx) Count(key Key) (int64, error) {
	value, _, err := tx.Get(key)
	return countOf(value).first, err
}

// CountPair returns both numbers of the counter at key, this transaction's own
// adds included.
func (tx *Tx) CountPair(key Key) (first, second int64, err error) {
	value, _, err := tx.Get(key)
	c := countOf(value)
	return c.first, c.second, err
}

// Fresh tells that the keys that continue prefix will be read and written one by
// one, mostly to find that they are not there: the store then remembers which
// there are, at once where there are none yet, else as soon as it has counted
// them beside its work. It changes nothing but the speed of that, and only until
// the process ends.
func (tx *Tx) Fresh(prefix Key) { tx.fresh = append(tx.fresh, string(prefix)) }

// Size is how much the transaction has written, of MaxTx.
func (tx *Tx) Size() int { return tx.size }

// Wake wakes the watchers of topic once the transaction is durable.
func (tx *Tx) Wake(topic Key) { tx.topics = append(tx.topics, topic) }

// writable checks that the transaction may write a row of that size at key.
func (tx *Tx) writable(key Key, size int) error {
	if err := tx.mayWrite(); err != nil {
		return err
	}
	if len(key) == 0 || key[0] < typeFirst || key[0] >= typeEnd {
		return errKey
	}
	if len(key) > MaxKey {
		return keyTooLarge(len(key))
	}
	if size > MaxValue {
		return fmt.Errorf("kv: value of %d bytes: %w (the limit is %d)", size, ErrTooLarge, MaxValue)
	}
	return nil
}

// mayWrite checks that this is an Update that still runs.
func (tx *Tx) mayWrite() error {
	switch {
	case tx.ended:
		return errEnded
	case tx.readOnly:
		return errReadOnly
	default:
		return nil
	}
}

// keyTooLarge is the error for a key of size bytes.
func keyTooLarge(size int) error {
	return fmt.Errorf("kv: key of %d bytes: %w (the limit is %d)", size, ErrTooLarge, MaxKey)
}

// checkBound checks one end of a range that is to be removed: it must not reach
// into what is the store's own.
func checkBound(bound []byte) error {
	if bound[0] < typeFirst || (bound[0] >= typeEnd && len(bound) > 1) {
		return errKey
	}
	if len(bound) > MaxKey+1 {
		return keyTooLarge(len(bound))
	}
	return nil
}

// set remembers what becomes of key.
func (tx *Tx) set(key Key, w write, size int) error {
	if own := tx.writes.at(key); own != nil {
		own.write = w
		return tx.grow(len(key) + size)
	}
	k, hash := tx.named(key)
	tx.writes.add(point{key: k, hash: hash, write: w})
	if tx.ordered {
		i, _ := slices.BinarySearch(tx.sorted, k)
		tx.sorted = slices.Insert(tx.sorted, i, k)
	}
	return tx.grow(len(k) + size)
}

// named returns a key as it is remembered, with its hash. What is written has often
// been read just before.
func (tx *Tx) named(key Key) (string, uint64) {
	if n := len(tx.reads); n > 0 && tx.reads[n-1].key == string(key) {
		return tx.reads[n-1].key, tx.reads[n-1].hash
	}
	k := string(key)
	return k, tx.store.hash(k)
}

// grow counts what the transaction writes; what is written twice counts twice.
func (tx *Tx) grow(size int) error {
	tx.size += size
	if tx.size > MaxTx {
		return fmt.Errorf("kv: transaction of %d bytes: %w (the limit is %d)", tx.size, ErrTooLarge, MaxTx)
	}
	return nil
}

// order returns the keys of writes in order. From the first scan on they are
// kept so, since a closure often writes while it scans.
func (tx *Tx) order() []string {
	if !tx.ordered {
		tx.sorted = make([]string, 0, len(tx.writes.points))
		for i := range tx.writes.points {
			tx.sorted = append(tx.sorted, tx.writes.points[i].key)
		}
		slices.Sort(tx.sorted)
		tx.ordered = true
	}
	return tx.sorted
}

// hasher returns a hash of keys for read and write sets. Two keys with one hash
// cost a needless retry, nothing else.
func hasher() func(string) uint64 {
	seed := maphash.MakeSeed()
	return func(key string) uint64 { return maphash.String(seed, key) }
}
