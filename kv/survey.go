package kv

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"maru.dev/maru/kv/internal/census"
)

// surveys show the census the keys below prefixes that were not empty when it
// took them on, beside the work and one after another.
type surveys struct {
	stopping atomic.Bool
	turn     sync.Mutex
	running  sync.WaitGroup
}

// surveyStep is how many keys are shown under one hold of the commit lock, some
// ten microseconds' worth.
const surveyStep = 128

// begin begins the survey of a prefix. What is committed from now on the census
// notes itself. Callers hold e.mu.
func (s *surveys) begin(e *pebbleEngine, prefix string) {
	survey := e.census.Survey(prefix)
	s.running.Go(func() {
		s.turn.Lock()
		defer s.turn.Unlock()
		if err := s.run(e, survey, Prefix(Key(prefix)).span()); err != nil {
			e.log.Warn("keys could not be counted", "error", err)
		}
	})
}

// run shows a survey all keys that there are.
func (s *surveys) run(e *pebbleEngine, survey *census.Survey, in span) (err error) {
	snap := acquire(&e.applied) // or a later one than when the survey began
	defer snap.release()
	it, err := snap.NewIter(&pebble.IterOptions{LowerBound: in.from, UpperBound: in.to})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	hashes := make([]uint64, 0, surveyStep)
	for more := it.First(); more; {
		for hashes = hashes[:0]; more && len(hashes) < surveyStep; more = it.Next() {
			hashes = append(hashes, e.hash(string(it.Key())))
		}
		if s.stopping.Load() || e.broken.Load() || !show(e, survey, hashes) {
			return nil
		}
		runtime.Gosched() // whoever commits goes first
	}
	if err := it.Error(); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	survey.End(e.version)
	return nil
}

// show shows a survey some keys. It is false when there is no use in going on.
func show(e *pebbleEngine, survey *census.Survey, hashes []uint64) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, hash := range hashes {
		if !survey.Note(hash) {
			return false
		}
	}
	return true
}

// stop ends all surveys.
func (s *surveys) stop() {
	s.stopping.Store(true)
	s.running.Wait()
}
