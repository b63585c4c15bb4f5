package kv

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
)

// Options say where a Store lives.
type Options struct {
	Dir    string // the data folder; made when absent
	Memory bool   // keep everything in memory; Dir is ignored
	Log    *slog.Logger
}

// ErrClosed says that the store has been closed.
var ErrClosed = errors.New("kv: store is closed")

// maxConflicts is how often an Update runs against others before it gets the
// store to itself, so that each one ends.
const maxConflicts = 8

// Store is an ordered, durable, transactional map from keys to values.
type Store struct {
	engine engine
	hub    *hub
	hash   func(string) uint64

	mu      sync.RWMutex // guards closed, and running's way up from zero
	closed  bool
	running sync.WaitGroup
}

// Open opens or creates the store in o.Dir.
func Open(ctx context.Context, o Options) (*Store, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	e, err := openPebble(o)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	return newStore(e), nil
}

// newStore returns a store over e.
func newStore(e engine) *Store {
	return &Store{engine: e, hub: newHub(), hash: hasher()}
}

// Close ends the store. Whatever runs is waited for.
func (s *Store) Close() error {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	s.mu.Unlock()
	s.running.Wait()
	if closed {
		return nil
	}
	if err := s.engine.close(); err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return nil
}

// enter begins something that Close waits for.
func (s *Store) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return ErrClosed
	}
	s.running.Add(1)
	return nil
}

// View runs fn on a snapshot of what is durable: nothing it sees can be lost.
func (s *Store) View(ctx context.Context, fn func(tx *Tx) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.running.Done()
	snap, err := s.engine.durable()
	if err != nil {
		return err
	}
	defer snap.release()
	tx := &Tx{snap: snap, readOnly: true}
	defer tx.end()
	return fn(tx)
}

// Update runs fn as a serialisable read-write transaction and returns once its
// writes are on disk. On a conflict fn runs again, so it reads, writes tx and
// assigns its results, and does nothing else. When fn fails nothing is written
// and its error is returned as it is.
func (s *Store) Update(ctx context.Context, fn func(tx *Tx) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.running.Done()
	for range maxConflicts {
		err := s.attempt(fn)
		if !errors.Is(err, errConflict) {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return s.engine.exclusive(func(snap snapshot) (*changes, error) {
		tx := &Tx{snap: snap, hash: s.hash}
		defer tx.end()
		if err := fn(tx); err != nil {
			return nil, err
		}
		return s.changes(tx), nil
	})
}

// attempt runs fn once and commits it, unless what it read has changed.
func (s *Store) attempt(fn func(tx *Tx) error) error {
	snap, err := s.engine.latest()
	if err != nil {
		return err
	}
	defer snap.release()
	tx := &Tx{snap: snap, hash: s.hash}
	defer tx.end()
	failed := fn(tx)
	c := s.changes(tx)
	if failed == nil && !c.empty() {
		return s.engine.commit(c)
	}
	// What the closure saw decides what the caller does: it must be durable.
	if err := s.engine.settle(snap); err != nil {
		return err
	}
	if failed == nil {
		c.wake()
	}
	return failed
}

// changes returns what tx wants committed.
func (s *Store) changes(tx *Tx) *changes {
	topics := tx.topics
	return tx.changes(func() { s.hub.wake(topics) })
}

// Watch returns a Watch that is woken by every commit that has woken topic
// (see Tx.Wake) since. Watch first, then read, then wait: no wake-up is lost.
func (s *Store) Watch(topic Key) *Watch { return s.hub.add(topic) }

// Reset empties the store durably.
func (s *Store) Reset(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.running.Done()
	return s.engine.commit(&changes{
		cleared: []span{{from: userFrom, to: userTo}},
		wake:    s.hub.wakeAll,
	})
}

// end makes further use of tx an error.
func (tx *Tx) end() { tx.ended = true }
