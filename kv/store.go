package kv

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"maru.dev/maru/clock"
)

// Options say where a Store lives.
type Options struct {
	Dir    string // the data folder; made when absent
	Memory bool   // keep everything in memory; Dir is ignored
	Cache  int64  // bytes of what is read that are kept in memory; 0: 64 MiB
	Log    *slog.Logger
}

// ErrClosed says that the store has been closed.
var ErrClosed = errors.New("kv: store is closed")

// maxConflicts is how often an Update runs against others before it gets the
// store to itself, so that each one ends.
const maxConflicts = 8

// Store is an ordered, durable, transactional map from keys to values.
type Store struct {
	folder *folder
	hub    *hub
	hash   func(string) uint64

	mu      sync.RWMutex // guards engine, closed, and running's way up from zero
	engine  engine
	closed  bool
	closing chan struct{}  // closed with closed
	running sync.WaitGroup // transactions, and the opening anew of a failed engine

	rowsRead atomic.Uint64 // see Stats
}

// Close ends the store. Whatever runs is waited for.
func (s *Store) Close() error {
	s.mu.Lock()
	closed := s.closed
	if !closed {
		s.closed = true
		close(s.closing)
	}
	s.mu.Unlock()
	s.running.Wait()
	if closed {
		return nil
	}
	if err := errors.Join(s.engine.close(), s.folder.leave()); err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return nil
}

// enter begins something that Close waits for, and returns what to do it on.
func (s *Store) enter(ctx context.Context) (engine, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, ErrClosed
	}
	s.running.Add(1)
	return s.engine, nil
}

// reopenEvery is how often a failed engine is tried again.
const reopenEvery = 200 * time.Millisecond

// failed is told that the engine cannot commit any more, and has it opened anew.
func (s *Store) failed(error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if !s.closed {
		s.running.Go(s.reopen)
	}
}

// reopen opens the database anew until that succeeds. Transactions that still
// read the old engine go on; they cannot commit.
func (s *Store) reopen() {
	for {
		select {
		case <-s.closing:
			return
		case <-clock.System{}.NewTimer(reopenEvery).C(): // the disk's time, not the platform's
		}
		e, err := s.folder.open(s.failed)
		if err != nil {
			s.folder.log.Warn("storage is still unavailable", "error", err)
			continue
		}
		s.mu.Lock()
		s.engine = e
		s.mu.Unlock()
		s.folder.log.Info("storage is available again")
		s.hub.wakeAll() // some may have waited for what has been committed after all
		return
	}
}

// View runs fn on a snapshot of what is durable: nothing it sees can be lost.
func (s *Store) View(ctx context.Context, fn func(tx *Tx) error) error {
	e, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer s.running.Done()
	snap, err := e.durable()
	if err != nil {
		return err
	}
	defer snap.release()
	tx := &Tx{snap: snap, store: s, readOnly: true}
	defer tx.end()
	return fn(tx)
}

// Update runs fn as a serialisable read-write transaction and returns once its
// writes are on disk. On a conflict fn runs again, so it reads, writes tx and
// assigns its results, and does nothing else. When fn fails nothing is written
// and its error is returned as it is.
func (s *Store) Update(ctx context.Context, fn func(tx *Tx) error) error {
	e, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer s.running.Done()
	for range maxConflicts {
		err := s.attempt(ctx, e, fn)
		if !errors.Is(err, errConflict) {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return e.exclusive(func(snap snapshot) (*changes, error) {
		tx := newTx(snap, s)
		defer tx.end()
		if err := runIn(ctx, tx, fn); err != nil {
			return nil, err
		}
		return s.changes(tx), nil
	})
}

// attempt runs fn once and commits it, unless what it read has changed.
func (s *Store) attempt(ctx context.Context, e engine, fn func(tx *Tx) error) error {
	snap, err := e.latest()
	if err != nil {
		return err
	}
	defer snap.release()
	tx := newTx(snap, s)
	defer tx.end()
	failed := runIn(ctx, tx, fn)
	c := s.changes(tx)
	if failed == nil && !c.empty() {
		return e.commit(c)
	}
	// What the closure saw decides what the caller does: it must be durable.
	if err := e.settle(snap); err != nil {
		return err
	}
	if failed == nil {
		c.wake()
	}
	return failed
}

// runIn runs fn, and gives up before the commit if ctx has ended meanwhile.
func runIn(ctx context.Context, tx *Tx, fn func(tx *Tx) error) error {
	tx.ctx = ctx
	if err := fn(tx); err != nil {
		return err
	}
	return ctx.Err()
}

// changes returns what tx wants committed.
func (s *Store) changes(tx *Tx) *changes {
	tx.result = changes{
		snap: tx.snap, reads: tx.reads, spans: tx.spans, points: tx.writes.points,
		cleared: tx.cleared, stamped: tx.stamped, fresh: tx.fresh, hub: s.hub, topics: tx.topics,
	}
	return &tx.result
}

// Watch returns a Watch that is woken by every commit that has woken topic
// (see Tx.Wake) since. Watch first, then read, then wait: no wake-up is lost.
func (s *Store) Watch(topic Key) *Watch { return s.hub.add(topic) }

// Reset empties the store durably.
func (s *Store) Reset(ctx context.Context) error {
	e, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer s.running.Done()
	return e.commit(&changes{
		cleared: []span{{from: userFrom, to: userTo}},
		hub:     s.hub,
		all:     true,
	})
}

// end makes further use of tx an error.
func (tx *Tx) end() {
	tx.ended = true
	tx.store.rowsRead.Add(tx.rows)
}
