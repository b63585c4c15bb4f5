package sqs

import (
	"context"
	"fmt"
	"math"
	"time"

	"maru.dev/maru/kv"
)

// horizon is what a long poll that waits has to know of what is put into its
// queue's future meanwhile. The future is read in rounds: what was in the queue
// before a round is found by a scan, once for each node; whatever is put there
// since says so here, if it is earlier than all others that did. So who waits
// steps over the deleted rows of messages that were handled once in a round, not
// each time that he looks.
//
// It is read in each transaction that puts a message into the future, and written
// in few: the first of a round, and those earlier still.
type horizon struct {
	Round uint64 `cbor:"r"`
	// At is the earliest time for which something was put since the round began.
	// When it has passed, the round is over: what comes after is not known.
	At int64 `cbor:"a"`
}

// stretch is a time in which no message becomes visible that was in the queue
// when a round began.
type stretch struct {
	round       uint64
	since, till time.Time // both not in it
}

// appear tells those who wait that a message will be visible from at on. It is part
// of the transaction that puts it there.
func (s *Service) appear(tx *kv.Tx, q *queue, at time.Time) error {
	if !at.After(s.Clock.Now()) {
		tx.Wake(q.wakeTopic())
		return nil
	}
	z, ok, err := s.horizons.Get(tx, q.horizonKey())
	switch {
	case err != nil:
		return fmt.Errorf("load horizon: %w", err)
	case !ok: // nobody has waited yet; written so that it need not be looked for again
		return kv.Put(tx, q.horizonKey(), horizon{})
	case at.UnixNano() >= z.At:
		return nil
	}
	tx.Wake(q.wakeTopic())
	return kv.Put(tx, q.horizonKey(), horizon{Round: z.Round, At: at.UnixNano()})
}

// nextVisible is when the first message becomes visible that was not at now: not
// before the time returned, which is until at the latest. Whoever puts one there
// that is visible earlier wakes the queue's topic.
func (s *Service) nextVisible(ctx context.Context, q *queue, now, until time.Time) (next time.Time, err error) {
	for {
		over := false
		err := s.Store.View(ctx, func(tx *kv.Tx) error {
			if current, err := s.loadNamed(tx, q.home(), q.Name); err != nil {
				return err
			} else if current.ID != q.ID {
				return errNoQueue()
			}
			z, ok, err := s.horizons.Get(tx, q.horizonKey())
			if err != nil {
				return fmt.Errorf("load horizon: %w", err)
			}
			if over = !ok || z.At <= now.UnixNano(); over {
				return nil
			}
			next, err = s.ready.of(q).firstVisible(tx, q, z.Round, now, until)
			if at := time.Unix(0, z.At); at.Before(next) {
				next = at
			}
			return err
		})
		if err != nil || !over {
			return next, err
		}
		if err := s.beginRound(ctx, q, now); err != nil {
			return next, err
		}
	}
}

// beginRound begins a queue's next round, unless somebody else has. It does not
// read what is in the queue: a scan that must not be disturbed would not end where
// much is sent and received.
func (s *Service) beginRound(ctx context.Context, q *queue, now time.Time) error {
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		z, _, err := kv.Get[horizon](tx, q.horizonKey())
		if err != nil || z.At > now.UnixNano() {
			return err
		}
		return kv.Put(tx, q.horizonKey(), horizon{Round: z.Round + 1, At: math.MaxInt64})
	})
}

// firstVisible is when the first message becomes visible that was in the queue when
// a round began and not visible at now; until, if none does before. It looks from
// where the last look of the round ended.
func (h *hint) firstVisible(tx *kv.Tx, q *queue, round uint64, now, until time.Time) (time.Time, error) {
	h.mu.Lock()
	quiet := h.quiet
	h.mu.Unlock()
	if quiet.round != round || now.Before(quiet.since) || !now.Before(quiet.till) {
		quiet = stretch{round: round, since: now, till: now.Add(1)}
	}
	if !quiet.till.Before(until) {
		return until, nil
	}
	index := q.futureKey()
	r := kv.Range{From: index.With(quiet.till.UnixNano()), To: index.With(until.UnixNano()), Limit: 1}
	quiet.till = until
	for row, err := range tx.Scan(r) {
		var at int64
		if err == nil {
			err = row.Key.Scan(5, &at)
		}
		if err != nil {
			return until, err
		}
		quiet.till = time.Unix(0, at)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.quiet = quiet
	return quiet.till, nil
}
