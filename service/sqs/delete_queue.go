package sqs

import (
	"context"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/kv"
)

// DeleteQueue removes a queue with all its messages. Its name rests for a
// minute.
//
// Spec: SQS API Reference, DeleteQueue.
func (s *Service) DeleteQueue(ctx context.Context, in *api.DeleteQueueInput) (*api.DeleteQueueOutput, error) {
	var q *queue
	err := s.Store.Update(ctx, func(tx *kv.Tx) (err error) {
		if q, err = s.load(ctx, tx, in.QueueUrl); err != nil {
			return err
		}
		if err := dropRows(tx, q); err != nil {
			return err
		}
		if q.DeadLetter != "" {
			if err := tx.Delete(q.home().sourcesKey(q.DeadLetter).With(q.Name)); err != nil {
				return err
			}
		}
		if err := tx.Delete(q.horizonKey()); err != nil {
			return err
		}
		if err := s.Tasks.CancelKey(tx, retentionKind, q.ID); err != nil {
			return err
		}
		if err := tx.Delete(q.home().queueKey(q.Name)); err != nil {
			return err
		}
		tx.Wake(q.wakeTopic())
		return kv.Put(tx, q.home().deletedKey(q.Name), s.Clock.Now())
	})
	if err != nil {
		return nil, err
	}
	s.ready.forget(q)
	return &api.DeleteQueueOutput{}, nil
}

// dropRows removes all messages of a queue and what was kept about them.
func dropRows(tx *kv.Tx, q *queue) error {
	for _, folder := range rows() {
		if err := tx.DeleteRange(kv.Prefix(q.key(folder, q.ID))); err != nil {
			return err
		}
	}
	return tx.Delete(q.countKey())
}
