package kv

import (
	"context"
	"iter"
	"log/slog"
)

// Options say where a Store lives.
type Options struct {
	Dir    string // the data folder; made when absent
	Memory bool   // keep everything in memory; Dir is ignored
	Log    *slog.Logger
}

// Store is an ordered, durable, transactional map from keys to values.
type Store struct{}

// Open opens or creates the store in o.Dir.
func Open(ctx context.Context, o Options) (*Store, error) { panic("not yet") }

// Close ends the store. Whatever runs is waited for.
func (s *Store) Close() error { panic("not yet") }

// View runs fn on a snapshot of what is durable: nothing it sees can be lost.
func (s *Store) View(ctx context.Context, fn func(tx *Tx) error) error { panic("not yet") }

// Update runs fn as a serialisable read-write transaction and returns once its
// writes are on disk. On a conflict fn runs again, so it reads, writes tx and
// assigns its results, and does nothing else. When fn fails nothing is written
// and its error is returned as it is.
func (s *Store) Update(ctx context.Context, fn func(tx *Tx) error) error { panic("not yet") }

// Watch returns a Watch that is woken by every commit that has woken topic
// (see Tx.Wake) since. Watch first, then read, then wait: no wake-up is lost.
func (s *Store) Watch(topic Key) *Watch { panic("not yet") }

// Reset empties the store durably.
func (s *Store) Reset(ctx context.Context) error { panic("not yet") }

// Watch waits for commits that concern a topic.
type Watch struct{}

// C receives after a commit woke the topic; wake-ups that nobody took are one.
func (w *Watch) C() <-chan struct{} { panic("not yet") }

// Stop ends the watch. It is needed once for each Watch.
func (w *Watch) Stop() { panic("not yet") }

// Tx is a transaction. It is for one goroutine, and only inside its closure.
type Tx struct{}

// Get returns the value of key, which the caller may keep but not change.
func (tx *Tx) Get(key Key) (value []byte, ok bool, err error) { panic("not yet") }

// Put sets key to value (at most 1 MiB). tx keeps value: the caller may no
// longer change it.
func (tx *Tx) Put(key Key, value []byte) error { panic("not yet") }

// Delete removes key, which need not exist.
func (tx *Tx) Delete(key Key) error { panic("not yet") }

// DeleteRange removes all keys of r; r's Limit and Reverse do not matter.
func (tx *Tx) DeleteRange(r Range) error { panic("not yet") }

// PutAtCommit writes value under prefix + version + suffix, where version is
// the transaction's place in the order of commits: it grows with each commit
// and is never used twice in a store's life. So a log can be appended to by
// many writers without conflicts, and a reader who has seen version n never
// meets a smaller one later. The row cannot be read in the same transaction.
// On reading, version is a uint64 part of the key (see Key.Parts).
func (tx *Tx) PutAtCommit(prefix Key, suffix []any, value []byte) error { panic("not yet") }

// Add adds delta to the counter at key without reading it, so that concurrent
// adds do not conflict. A counter that does not exist is zero.
func (tx *Tx) Add(key Key, delta int64) error { panic("not yet") }

// Count returns the counter at key, this transaction's own adds included.
func (tx *Tx) Count(key Key) (int64, error) { panic("not yet") }

// Scan returns the pairs of r in key order, this transaction's own writes
// included (but for PutAtCommit). The error, if any, is the last element.
func (tx *Tx) Scan(r Range) iter.Seq2[Pair, error] { panic("not yet") }

// Wake wakes the watchers of topic once the transaction is durable.
func (tx *Tx) Wake(topic Key) { panic("not yet") }

// Pair is one row of a scan.
type Pair struct {
	Key   Key
	Value []byte
}

// Range is a span of keys: From is included, To is not.
type Range struct {
	From, To Key
	Reverse  bool
	Limit    int // rows; 0 is no limit
}

// Prefix returns the range of all keys that continue key by at least one part.
func Prefix(key Key) Range { panic("not yet") }

// After returns r without the keys up to and including key, in r's direction:
// where a page of a scan left off.
func (r Range) After(key Key) Range { panic("not yet") }

// Row is one decoded row of a scan.
type Row[T any] struct {
	Key   Key
	Value T
}

// Get reads and decodes the record at key.
func Get[T any](tx *Tx, key Key) (value T, ok bool, err error) { panic("not yet") }

// Put encodes and writes the record at key. Records are CBOR, by field name
// (tags: cbor, else json), so that fields can be added.
func Put[T any](tx *Tx, key Key, value T) error { panic("not yet") }

// Scan decodes the records of r.
func Scan[T any](tx *Tx, r Range) iter.Seq2[Row[T], error] { panic("not yet") }
