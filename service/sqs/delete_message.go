package sqs

import (
	"context"
	"time"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/kv"
)

// DeleteMessage removes a message for good. A receipt handle that has been
// superseded deletes nothing, and is no error on a standard queue.
//
// Spec: SQS API Reference, DeleteMessage.
func (s *Service) DeleteMessage(ctx context.Context, in *api.DeleteMessageInput) (*api.DeleteMessageOutput, error) {
	now, end := s.ready.begin(s.Clock)
	defer end()
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		q, err := s.load(ctx, tx, in.QueueUrl)
		if err != nil {
			return err
		}
		return s.delete(tx, q, in.ReceiptHandle, now)
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteMessageOutput{}, nil
}

// delete removes the message that a handle names.
func (s *Service) delete(tx *kv.Tx, q *queue, handle string, now time.Time) error {
	r, err := parseReceipt(q, handle)
	if err != nil {
		return err
	}
	if q.FIFO {
		return s.deleteElement(tx, q, r, handle, now)
	}
	at, p, ok, err := r.find(tx, q)
	if err != nil || !ok {
		return err
	}
	if err := tx.Delete(q.positionKey(at, r.sid)); err != nil {
		return err
	}
	if p.Moved {
		if err := tx.Delete(q.forwardKey(r.sid)); err != nil {
			return err
		}
	}
	return p.drop(tx, q, r.sid)
}

// DeleteMessageBatch removes up to ten messages in one commit.
//
// Spec: SQS API Reference, DeleteMessageBatch.
func (s *Service) DeleteMessageBatch(ctx context.Context, in *api.DeleteMessageBatchInput) (*api.DeleteMessageBatchOutput, error) {
	ids := make([]string, len(in.Entries))
	for i, e := range in.Entries {
		ids[i] = e.Id
	}
	good, failed, err := s.eachReceived(ctx, in.QueueUrl, "DeleteMessageBatchRequestEntry", ids, func(tx *kv.Tx, q *queue, i int, now time.Time) error {
		return s.delete(tx, q, in.Entries[i].ReceiptHandle, now)
	})
	if err != nil {
		return nil, err
	}
	out := &api.DeleteMessageBatchOutput{Failed: failed}
	for _, i := range good {
		out.Successful = append(out.Successful, api.DeleteMessageBatchResultEntry{Id: ids[i]})
	}
	return out, nil
}
