package sqs

import (
	"context"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/kv"
)

// ListDeadLetterSourceQueues returns the queues that give their messages up to
// this one.
//
// Spec: SQS API Reference, ListDeadLetterSourceQueues.
func (s *Service) ListDeadLetterSourceQueues(ctx context.Context, in *api.ListDeadLetterSourceQueuesInput) (*api.ListDeadLetterSourceQueuesOutput, error) {
	q, err := s.find(ctx, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	folder := q.home().sourcesKey(q.ARN())
	p, err := newPage(kv.Prefix(folder), folder, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.ListDeadLetterSourceQueuesOutput{}
	out.QueueUrls, out.NextToken, err = s.listNames(ctx, q.home(), p, "")
	if out.QueueUrls == nil {
		out.QueueUrls = []string{}
	}
	return out, err
}
