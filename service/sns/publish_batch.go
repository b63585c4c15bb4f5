package sns

import (
	"context"
	"errors"
	"regexp"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// maxBatch is how many entries a batch may have.
const maxBatch = 10

// entryID is what a batch's entry may be called.
var entryID = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)

// PublishBatch sends up to ten messages to a topic, all in one transaction. An
// entry whose message is not valid fails alone; attributes and FIFO ids that
// are not valid fail the request, as in AWS.
//
// Spec: SNS API Reference, PublishBatch.
func (s *Service) PublishBatch(ctx context.Context, in *api.PublishBatchInput) (*api.PublishBatchOutput, error) {
	info := call.From(ctx)
	ref, err := parseTopic(info, in.TopicArn, "TopicArn")
	if err != nil {
		return nil, err
	}
	requests, err := checkBatch(in.PublishBatchRequestEntries)
	if err != nil {
		return nil, err
	}
	out := &api.PublishBatchOutput{Successful: []api.PublishBatchResultEntry{}, Failed: []api.BatchResultErrorEntry{}}
	messages := make([]*message, len(requests))
	for i, r := range requests {
		m, err := s.newMessage(info, r, false)
		if refusal, ok := errors.AsType[wire.Error](err); ok {
			out.Failed = append(out.Failed, api.BatchResultErrorEntry{
				Id: in.PublishBatchRequestEntries[i].Id, Code: refusal.ErrorCode(), Message: new(refusal.ErrorMessage()), SenderFault: true,
			})
		} else if err != nil {
			return nil, err
		}
		messages[i] = m
		if err != nil {
			messages[i] = nil
		}
	}
	env, err := s.envelope(ctx)
	if err != nil {
		return nil, err
	}
	var sent []api.PublishBatchResultEntry
	err = s.update(ctx, env, func(tx *kv.Tx) error {
		sent = out.Successful[:0:0]
		t, err := loadTopic(tx, ref)
		if err != nil {
			return err
		}
		for i := range requests {
			if err := requests[i].checkFIFO(t); err != nil {
				return err
			}
		}
		for i, m := range messages {
			if m == nil {
				continue
			}
			m, err := s.accept(tx, env, t, m)
			if err != nil {
				return err
			}
			entry := api.PublishBatchResultEntry{Id: &in.PublishBatchRequestEntries[i].Id, MessageId: &m.ID}
			if m.Sequence != 0 {
				entry.SequenceNumber = new(sequenceText(m.Sequence))
			}
			sent = append(sent, entry)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out.Successful = append(out.Successful, sent...)
	return out, nil
}

// checkBatch validates what concerns a batch as a whole.
func checkBatch(entries []api.PublishBatchRequestEntry) ([]request, error) {
	if len(entries) == 0 {
		return nil, &api.EmptyBatchRequestException{Message: "The batch request doesn't contain any entries."}
	}
	if len(entries) > maxBatch {
		return nil, &api.TooManyEntriesInBatchRequestException{Message: "The batch request contains more entries than permissible."}
	}
	seen := make(map[string]bool, len(entries))
	out := make([]request, 0, len(entries))
	size := 0
	for _, e := range entries {
		if seen[e.Id] {
			return nil, &api.BatchEntryIdsNotDistinctException{Message: "Two or more batch entries in the request have the same Id."}
		}
		seen[e.Id] = true
		if len(e.Id) > 80 {
			return nil, &api.InvalidBatchEntryIdException{Message: "The Id of a batch entry in the batch request is too long: " + e.Id}
		}
		if !entryID.MatchString(e.Id) {
			return nil, &api.InvalidBatchEntryIdException{Message: "The Id of a batch entry in the batch request contains an impermissible character: " + e.Id}
		}
		r := request{e.Message, e.Subject, e.MessageStructure, e.MessageAttributes, e.MessageDeduplicationId, e.MessageGroupId}
		if _, err := readAttributes(e.MessageAttributes); err != nil {
			return nil, err
		}
		size += r.size()
		out = append(out, r)
	}
	if size > maxMessage {
		return nil, &api.BatchRequestTooLongException{Message: "The length of all the messages put together is more than the limit."}
	}
	return out, nil
}
