package sqs

import (
	"context"
	"encoding/base64"
	"fmt"
	"time"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/task"
)

// moveKind is the task that moves messages out of a dead-letter queue.
const moveKind = "sqs.move"

// moveBatch is how many messages one transaction moves.
const moveBatch = 50

// States of a move task.
const (
	moveRunning    = "RUNNING"
	moveCompleted  = "COMPLETED"
	moveCancelling = "CANCELLING"
	moveCancelled  = "CANCELLED"
	moveFailed     = "FAILED"
)

// moveWork is the move task's body.
type moveWork struct{ Account, Region, Handle string }

// noSource is SQS's answer where there is no queue to move from.
func noSource() error {
	return &api.ResourceNotFoundException{Message: "The resource that you specified for the SourceArn parameter doesn't exist."}
}

// StartMessageMoveTask moves a dead-letter queue's messages back to where they
// came from, or to another queue, in the background.
//
// Spec: SQS API Reference, StartMessageMoveTask.
func (s *Service) StartMessageMoveTask(ctx context.Context, in *api.StartMessageMoveTaskInput) (*api.StartMessageMoveTaskOutput, error) {
	m := move{Source: in.SourceArn, Status: moveRunning, Started: s.Clock.Now()}
	if n := in.MaxNumberOfMessagesPerSecond; n != nil {
		if *n < 1 || *n > 500 {
			return nil, invalidValue("Value %d for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: You must set a value between 1 and 500.", *n)
		}
		m.Rate = *n
	}
	if in.DestinationArn != nil {
		m.Destination = *in.DestinationArn
	}
	h := homeOf(call.From(ctx))
	m.Handle = base64.StdEncoding.EncodeToString(fmt.Appendf(nil, `{"taskId":%q,"sourceArn":%q}`, s.IDs.UUID(), m.Source))
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		total, err := checkMove(tx, h, &m)
		if err != nil {
			return err
		}
		m.ToMove = total
		if err := m.put(tx, h); err != nil {
			return err
		}
		if err := kv.Put(tx, h.movesKey(m.Source).With(m.Started, m.Handle), m.Handle); err != nil {
			return err
		}
		_, err = s.Tasks.Add(tx, task.Task{
			Kind: moveKind, Owner: m.Source, Key: m.Handle, Body: moveWork{h.Account, h.Region, m.Handle},
			Account: h.Account, Region: h.Region,
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.StartMessageMoveTaskOutput{TaskHandle: &m.Handle}, nil
}

// put writes a move task's state.
func (m *move) put(tx *kv.Tx, h home) error { return kv.Put(tx, h.moveKey(m.Handle), *m) }

// checkMove holds a move task against the rules, and returns how many messages
// there are to move.
func checkMove(tx *kv.Tx, h home, m *move) (total int64, err error) {
	q, ok, err := loadARN(tx, m.Source)
	if err != nil {
		return 0, err
	}
	if !ok {
		return 0, noSource()
	}
	isDeadLetters := false
	for _, err := range tx.Scan(kv.Prefix(h.sourcesKey(m.Source))) {
		if err != nil {
			return 0, err
		}
		isDeadLetters = true
		break
	}
	if !isDeadLetters {
		return 0, invalidValue("Source queue must be configured as a Dead Letter Queue.")
	}
	if m.Destination != "" {
		to, ok, err := loadARN(tx, m.Destination)
		if err != nil {
			return 0, err
		}
		switch {
		case !ok:
			return 0, &api.ResourceNotFoundException{Message: "The resource that you specified for the DestinationArn parameter doesn't exist."}
		case to.ID == q.ID:
			return 0, invalidValue("Source queue and destination queue cannot be the same.")
		case to.FIFO != q.FIFO:
			return 0, invalidValue("Source queue and destination queue must be of the same type.")
		}
	}
	for old, err := range moves(tx, h, m.Source) {
		if err != nil {
			return 0, err
		}
		if old.Status == moveRunning || old.Status == moveCancelling {
			return 0, &api.UnsupportedOperation{Message: "There is already a task running. Only one active task is allowed for a source queue arn at a given time."}
		}
	}
	return tx.Count(q.countKey())
}

// moves returns the move tasks of a source, newest first, ten at most.
func moves(tx *kv.Tx, h home, source string) func(func(move, error) bool) {
	return func(yield func(move, error) bool) {
		r := kv.Prefix(h.movesKey(source))
		r.Reverse, r.Limit = true, 10
		for row, err := range kv.Scan[string](tx, r) {
			var m move
			if err == nil {
				m, _, err = kv.Get[move](tx, h.moveKey(row.Value))
			}
			if !yield(m, err) || err != nil {
				return
			}
		}
	}
}

// ListMessageMoveTasks returns the latest move tasks of a dead-letter queue.
//
// Spec: SQS API Reference, ListMessageMoveTasks.
func (s *Service) ListMessageMoveTasks(ctx context.Context, in *api.ListMessageMoveTasksInput) (*api.ListMessageMoveTasksOutput, error) {
	limit := 1
	if n := in.MaxResults; n != nil {
		if *n < 1 || *n > 10 {
			return nil, invalidValue("Value %d for parameter MaxResults is invalid. Reason: You must set a value between 1 and 10.", *n)
		}
		limit = int(*n)
	}
	h := homeOf(call.From(ctx))
	out := &api.ListMessageMoveTasksOutput{}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		if _, ok, err := loadARN(tx, in.SourceArn); err != nil || !ok {
			if err == nil {
				err = noSource()
			}
			return err
		}
		for m, err := range moves(tx, h, in.SourceArn) {
			if err != nil {
				return err
			}
			if len(out.Results) == limit {
				break
			}
			out.Results = append(out.Results, m.render())
		}
		return nil
	})
	return out, err
}

// render writes a move task as clients see it.
func (m move) render() api.ListMessageMoveTasksResultEntry {
	e := api.ListMessageMoveTasksResultEntry{
		Status: &m.Status, SourceArn: &m.Source,
		ApproximateNumberOfMessagesMoved: &m.Moved, ApproximateNumberOfMessagesToMove: &m.ToMove,
		StartedTimestamp: new(m.Started.UnixMilli()),
	}
	if m.Status == moveRunning {
		e.TaskHandle = &m.Handle
	}
	if m.Destination != "" {
		e.DestinationArn = &m.Destination
	}
	if m.Rate > 0 {
		e.MaxNumberOfMessagesPerSecond = &m.Rate
	}
	if m.Failure != "" {
		e.FailureReason = &m.Failure
	}
	return e
}

// CancelMessageMoveTask stops a move task. What was moved stays moved.
//
// Spec: SQS API Reference, CancelMessageMoveTask.
func (s *Service) CancelMessageMoveTask(ctx context.Context, in *api.CancelMessageMoveTaskInput) (*api.CancelMessageMoveTaskOutput, error) {
	h := homeOf(call.From(ctx))
	var m move
	err := s.Store.Update(ctx, func(tx *kv.Tx) (err error) {
		var ok bool
		if m, ok, err = kv.Get[move](tx, h.moveKey(in.TaskHandle)); err != nil {
			return err
		}
		if !ok {
			return &api.ResourceNotFoundException{Message: "Task does not exist."}
		}
		if m.Status != moveRunning {
			return &api.UnsupportedOperation{Message: "Only active tasks can be cancelled."}
		}
		m.Status = moveCancelling
		return m.put(tx, h)
	})
	if err != nil {
		return nil, err
	}
	return &api.CancelMessageMoveTaskOutput{ApproximateNumberOfMessagesMoved: &m.Moved}, nil
}

// runMove moves messages, a batch in a transaction, until none is left or the
// task is cancelled. With a rate it moves a second's share and asks to go on.
func (s *Service) runMove(ctx context.Context, run *task.Run) error {
	var w moveWork
	if err := run.Decode(&w); err != nil {
		return task.Dead(err)
	}
	for {
		again := false
		now, end := s.ready.begin(s.Clock)
		var wait time.Duration
		err := s.Store.Update(ctx, func(tx *kv.Tx) (err error) {
			again, wait, err = s.moveSome(tx, home{w.Account, w.Region}, w.Handle, now)
			return err
		})
		end()
		switch {
		case err != nil:
			return fmt.Errorf("move messages: %w", err)
		case !again:
			return nil
		case wait > 0:
			return task.Again(now.Add(wait))
		}
	}
}

// moveSome moves one batch and says whether there may be more, and how long to
// wait before.
func (s *Service) moveSome(tx *kv.Tx, h home, handle string, now time.Time) (again bool, wait time.Duration, err error) {
	m, ok, err := kv.Get[move](tx, h.moveKey(handle))
	if err != nil || !ok {
		return false, 0, err
	}
	q, ok, err := loadARN(tx, m.Source)
	switch {
	case err != nil:
		return false, 0, err
	case m.Status == moveCancelling:
		m.Status = moveCancelled
		return false, 0, m.put(tx, h)
	case m.Status != moveRunning:
		return false, 0, nil
	case !ok:
		m.Status, m.Failure = moveFailed, "AWS.SimpleQueueService.NonExistentQueue"
		return false, 0, m.put(tx, h)
	}
	limit := moveBatch
	if m.Rate > 0 {
		limit = min(limit, int(m.Rate))
		wait = time.Second * time.Duration(limit) / time.Duration(m.Rate)
	}
	n, failure, err := s.moveBatch(tx, q, &m, limit, now)
	if err != nil {
		return false, 0, err
	}
	m.Moved += int64(n)
	if again = n == limit && failure == ""; !again {
		m.Status = moveCompleted
	}
	if failure != "" {
		m.Status, m.Failure = moveFailed, failure
	}
	return again, wait, m.put(tx, h)
}

// moveBatch moves up to limit visible messages out of q. failure is why it had
// to stop.
func (s *Service) moveBatch(tx *kv.Tx, q *queue, m *move, limit int, now time.Time) (n int, failure string, err error) {
	found, err := q.visible(tx, limit, now)
	if err != nil {
		return 0, "", err
	}
	for _, f := range found {
		msg, ok, err := f.position.message(tx, q, f.sid)
		if err != nil {
			return n, "", err
		}
		to := m.Destination
		if to == "" {
			to = msg.Source
		}
		target, exists, err := loadARN(tx, to)
		if err != nil {
			return n, "", err
		}
		if ok && !exists {
			return n, "CouldNotDetermineMessageSource", nil
		}
		if err := tx.Delete(f.key); err != nil {
			return n, "", err
		}
		if err := f.position.drop(tx, q, f.sid); err != nil {
			return n, "", err
		}
		if q.FIFO {
			if err := s.settleGroup(tx, q, msg.Group, now); err != nil {
				return n, "", err
			}
		}
		// Moved back, a message is a new one: new id, new age.
		msg.ID, msg.Sent, msg.Source, msg.Seq = s.IDs.UUID(), now, "", 0
		if err := s.put(tx, target, s.newSID(now), &msg, now.Add(target.Delay), position{}); err != nil {
			return n, "", err
		}
		n++
	}
	return n, "", nil
}

// found is a visible message and the row that says so.
type found struct {
	key      kv.Key
	sid      []byte
	position position // of a standard queue
}

// visible returns up to limit messages that can be received now.
func (q *queue) visible(tx *kv.Tx, limit int, now time.Time) (out []found, err error) {
	if !q.FIFO {
		r := kv.Prefix(q.positionsKey())
		r.To, r.Limit = q.key("v", q.ID, now.UnixNano()+1), limit
		for row, err := range kv.Scan[position](tx, r) {
			if err != nil {
				return nil, err
			}
			f := found{key: row.Key, position: row.Value}
			if err := row.Key.Scan(6, &f.sid); err != nil {
				return nil, err
			}
			out = append(out, f)
		}
		return out, nil
	}
	r := kv.Prefix(q.key("m", q.ID))
	r.Limit = limit
	for row, err := range kv.Scan[element](tx, r) {
		if err != nil {
			return nil, err
		}
		if !row.Value.At.After(now) {
			out = append(out, found{key: row.Key, sid: row.Value.SID})
		}
	}
	return out, nil
}
