package sqs

import (
	"context"
	"fmt"
	"time"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/kv"
)

// Peek shows up to limit messages of a queue in the order in which they become
// visible (of a FIFO queue, by group), with the time from which each can be
// received. Unlike ReceiveMessage it changes nothing: no message is hidden,
// none is counted as received. AWS has no such operation; it is for people who
// look at a queue that works.
func (s *Service) Peek(ctx context.Context, queueURL string, limit int, each func(m api.Message, visible time.Time)) error {
	return s.Store.View(ctx, func(tx *kv.Tx) error {
		q, err := s.load(ctx, tx, queueURL)
		if err != nil {
			return err
		}
		if q.FIFO {
			return peekFIFO(tx, q, limit, each)
		}
		return peekStandard(tx, q, limit, each)
	})
}

// whole asks for all that there is to say of a message.
func whole() *api.ReceiveMessageInput {
	return &api.ReceiveMessageInput{MessageSystemAttributeNames: []string{"All"}, MessageAttributeNames: []string{"All"}}
}

// peekStandard walks the positions of a standard queue.
func peekStandard(tx *kv.Tx, q *queue, limit int, each func(api.Message, time.Time)) error {
	r := kv.Prefix(q.positionsKey())
	r.Limit = limit
	for row, err := range kv.Scan[position](tx, r) {
		if err != nil {
			return fmt.Errorf("peek: %w", err)
		}
		var at int64
		var sid []byte
		if err := row.Key.Scan(5, &at, &sid); err != nil {
			return fmt.Errorf("peek: %w", err)
		}
		m, ok, err := row.Value.message(tx, q, sid)
		if err != nil {
			return fmt.Errorf("peek: %w", err)
		}
		if !ok {
			continue
		}
		d := delivery{message: m, receives: row.Value.Receives, first: row.Value.First}
		each(d.peeked(), time.Unix(0, at))
	}
	return nil
}

// peekFIFO walks the groups of a FIFO queue, each in its order.
func peekFIFO(tx *kv.Tx, q *queue, limit int, each func(api.Message, time.Time)) error {
	r := kv.Prefix(q.key("m", q.ID))
	r.Limit = limit
	for row, err := range kv.Scan[element](tx, r) {
		if err != nil {
			return fmt.Errorf("peek: %w", err)
		}
		m, ok, err := getMessage(tx, q, row.Value.SID)
		if err != nil {
			return fmt.Errorf("peek: %w", err)
		}
		if !ok {
			continue
		}
		d := delivery{message: m, receives: row.Value.Receives, first: row.Value.First}
		each(d.peeked(), row.Value.At)
	}
	return nil
}

// peeked is a message as a receiver would get it, without the handle that only
// receiving gives.
func (d *delivery) peeked() api.Message {
	m := d.render(whole())
	m.ReceiptHandle = nil
	if d.first.IsZero() {
		delete(m.Attributes, api.MessageSystemAttributeNameApproximateFirstReceiveTimestamp)
	}
	return m
}
