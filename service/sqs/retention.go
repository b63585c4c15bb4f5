package sqs

import (
	"context"
	"fmt"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/task"
)

// retentionKind is the task that removes what nobody came for in time. Whoever
// receives skips such messages by himself; this frees their room.
const retentionKind = "sqs.retention"

// retentionEvery is how often a queue is looked through.
const retentionEvery = time.Hour

// retentionWork is that task's body.
type retentionWork struct{ Account, Region, Name, ID string }

// scheduleRetention writes a queue's retention task with the queue.
func (s *Service) scheduleRetention(tx *kv.Tx, q *queue, now time.Time) error {
	_, err := s.Tasks.Add(tx, task.Task{
		Kind: retentionKind, Owner: q.ARN(), Key: q.ID, Due: now.Add(retentionEvery),
		Body:    retentionWork{q.Account, q.Region, q.Name, q.ID},
		Account: q.Account, Region: q.Region,
	})
	if err != nil {
		return fmt.Errorf("schedule retention: %w", err)
	}
	return nil
}

// sweepBatch is how many messages one transaction removes.
const sweepBatch = 200

// runRetention removes expired messages from the front of a queue, a batch at a
// time, and asks to be run again.
func (s *Service) runRetention(ctx context.Context, run *task.Run) error {
	var w retentionWork
	if err := run.Decode(&w); err != nil {
		return task.Dead(err)
	}
	now := s.Clock.Now()
	for {
		more, gone := false, false
		err := s.Store.Update(ctx, func(tx *kv.Tx) error {
			more = false
			q, ok, err := kv.Get[queue](tx, home{w.Account, w.Region}.queueKey(w.Name))
			if err != nil {
				return err
			}
			if gone = !ok || q.ID != w.ID; gone {
				return nil
			}
			n, err := s.sweep(tx, &q, now)
			more = n == sweepBatch
			return err
		})
		switch {
		case err != nil:
			return fmt.Errorf("remove expired messages: %w", err)
		case gone:
			return nil
		case !more:
			return task.Again(now.Add(retentionEvery))
		}
	}
}

// sweep removes up to a batch of expired messages: on a standard queue those
// that have been visible for that long; on a FIFO queue the oldest by id.
func (s *Service) sweep(tx *kv.Tx, q *queue, now time.Time) (n int, err error) {
	expired := now.Add(-q.Retention)
	if q.FIFO {
		return s.sweepFIFO(tx, q, now, expired)
	}
	r := kv.Prefix(q.positionsKey())
	r.To, r.Limit = q.key("v", q.ID, expired.UnixNano()), sweepBatch
	for row, err := range kv.Scan[position](tx, r) {
		if err != nil {
			return n, err
		}
		var at int64
		var sid []byte
		if err := row.Key.Scan(5, &at, &sid); err != nil {
			return n, err
		}
		if row.Value.Moved {
			if err := tx.Delete(q.forwardKey(sid)); err != nil {
				return n, err
			}
		}
		if err := tx.Delete(row.Key); err != nil {
			return n, err
		}
		if err := row.Value.drop(tx, q, sid); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// sweepFIFO is sweep for a FIFO queue, whose bodies stand in the order in which
// they were sent.
func (s *Service) sweepFIFO(tx *kv.Tx, q *queue, now, expired time.Time) (n int, err error) {
	r := kv.Prefix(q.key("b", q.ID))
	r.Limit = sweepBatch
	for row, err := range kv.Scan[message](tx, r) {
		if err != nil {
			return n, err
		}
		m := row.Value
		if m.Sent.After(expired) {
			break
		}
		var sid []byte
		if err := row.Key.Scan(5, &sid); err != nil {
			return n, err
		}
		if err := tx.Delete(q.elementKey(m.Group, m.Seq)); err != nil {
			return n, err
		}
		if err := dropMessage(tx, q, sid); err != nil {
			return n, err
		}
		if err := s.settleGroup(tx, q, m.Group, now); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
