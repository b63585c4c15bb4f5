package sqs

import (
	"context"
	"fmt"
	"time"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/kv"
)

// purgeRest is how long a queue rests between purges.
const purgeRest = 60 * time.Second

// PurgeQueue removes all messages of a queue, in flight or not.
//
// Spec: SQS API Reference, PurgeQueue.
func (s *Service) PurgeQueue(ctx context.Context, in *api.PurgeQueueInput) (*api.PurgeQueueOutput, error) {
	var purged queue
	now := s.Clock.Now()
	err := s.change(ctx, in.QueueUrl, func(tx *kv.Tx, q *queue) error {
		if now.Before(q.Purged.Add(purgeRest)) {
			return &api.PurgeQueueInProgress{Message: fmt.Sprintf("Only one PurgeQueue operation on %s is allowed every 60 seconds.", q.Name)}
		}
		if err := dropRows(tx, q); err != nil {
			return err
		}
		q.Purged = now
		purged = *q
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.ready.forget(&purged)
	return &api.PurgeQueueOutput{}, nil
}
