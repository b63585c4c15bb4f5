package sqs

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/kv"
)

// maxBatch is how many bytes a batch of messages may have in all.
const maxBatch = 1 << 20

// SendMessageBatch adds up to ten messages to a queue in one commit. Those that
// are at fault are left out and told.
//
// Spec: SQS API Reference, SendMessageBatch.
func (s *Service) SendMessageBatch(ctx context.Context, in *api.SendMessageBatchInput) (*api.SendMessageBatchOutput, error) {
	ids, total := make([]string, len(in.Entries)), 0
	for i, e := range in.Entries {
		ids[i] = e.Id
	}
	if err := checkBatch("SendMessageBatchRequestEntry", ids); err != nil {
		return nil, err
	}
	now, end := s.ready.begin(s.Clock)
	defer end()
	faults := make([]error, len(in.Entries))
	entries := make([]*outgoing, len(in.Entries))
	for i := range in.Entries {
		entries[i], faults[i] = s.outgoing(ctx, &in.Entries[i], now)
		if faults[i] == nil {
			total += entries[i].size
		}
	}
	if total > maxBatch {
		return nil, &api.BatchRequestTooLong{Message: fmt.Sprintf("Batch requests cannot be longer than %d bytes. You have sent %d bytes.", maxBatch, total)}
	}

	var out *api.SendMessageBatchOutput
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		out = &api.SendMessageBatchOutput{}
		q, err := s.load(ctx, tx, in.QueueUrl)
		if err != nil {
			return err
		}
		for i, o := range entries {
			fault := faults[i]
			if fault == nil {
				fault = o.fit(q)
			}
			if fault == nil {
				if err := s.append(tx, q, o); err != nil {
					return err
				}
				out.Successful = append(out.Successful, o.result)
				continue
			}
			failed, ok := failedEntry(in.Entries[i].Id, fault)
			if !ok {
				return fault
			}
			out.Failed = append(out.Failed, failed)
		}
		return nil
	})
	return out, err
}
