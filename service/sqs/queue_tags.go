package sqs

import (
	"context"
	"maps"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/kv"
)

// TagQueue adds tags to a queue, over those of the same keys.
//
// Spec: SQS API Reference, TagQueue.
func (s *Service) TagQueue(ctx context.Context, in *api.TagQueueInput) (*api.TagQueueOutput, error) {
	if len(in.Tags) == 0 {
		return nil, missing("Tags")
	}
	err := s.change(ctx, in.QueueUrl, func(_ *kv.Tx, q *queue) error {
		if q.Tags == nil {
			q.Tags = make(map[string]string)
		}
		maps.Copy(q.Tags, in.Tags)
		return checkTags(q.Tags)
	})
	return &api.TagQueueOutput{}, err
}

// UntagQueue removes tags by their keys.
//
// Spec: SQS API Reference, UntagQueue.
func (s *Service) UntagQueue(ctx context.Context, in *api.UntagQueueInput) (*api.UntagQueueOutput, error) {
	if len(in.TagKeys) == 0 {
		return nil, invalidValue("Tag keys must be between 1 and 128 characters in length.")
	}
	err := s.change(ctx, in.QueueUrl, func(_ *kv.Tx, q *queue) error {
		for _, key := range in.TagKeys {
			delete(q.Tags, key)
		}
		return nil
	})
	return &api.UntagQueueOutput{}, err
}

// ListQueueTags returns a queue's tags.
//
// Spec: SQS API Reference, ListQueueTags.
func (s *Service) ListQueueTags(ctx context.Context, in *api.ListQueueTagsInput) (*api.ListQueueTagsOutput, error) {
	q, err := s.find(ctx, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	return &api.ListQueueTagsOutput{Tags: q.Tags}, nil
}
