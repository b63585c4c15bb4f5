package sqs

import (
	"context"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// GetQueueUrl returns the URL of a queue by its name.
//
// Spec: SQS API Reference, GetQueueUrl.
func (s *Service) GetQueueUrl(ctx context.Context, in *api.GetQueueUrlInput) (*api.GetQueueUrlOutput, error) {
	h := homeOf(call.From(ctx))
	if in.QueueOwnerAWSAccountId != nil {
		h.Account = *in.QueueOwnerAWSAccountId
	}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		_, err := s.loadNamed(tx, h, in.QueueName)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.GetQueueUrlOutput{QueueUrl: new(s.urlOf(ctx, h, in.QueueName))}, nil
}
