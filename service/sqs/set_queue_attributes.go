package sqs

import (
	"context"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/kv"
)

// SetQueueAttributes changes attributes of a queue. They count from then on,
// also for messages that are in it.
//
// Spec: SQS API Reference, SetQueueAttributes.
func (s *Service) SetQueueAttributes(ctx context.Context, in *api.SetQueueAttributesInput) (*api.SetQueueAttributesOutput, error) {
	if len(in.Attributes) == 0 {
		return nil, missing("Attribute.Name")
	}
	now := s.Clock.Now()
	err := s.change(ctx, in.QueueUrl, func(tx *kv.Tx, q *queue) error {
		was := q.DeadLetter
		if err := q.apply(in.Attributes); err != nil {
			return err
		}
		q.Modified = now
		tx.Wake(q.wakeTopic())
		return linkDeadLetters(tx, q, was)
	})
	return &api.SetQueueAttributesOutput{}, err
}
