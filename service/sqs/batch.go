package sqs

import (
	"context"
	"errors"
	"fmt"
	"time"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// checkBatch holds a batch's entry ids against the rules that all batch
// operations share.
func checkBatch(operation string, ids []string) error {
	if len(ids) == 0 {
		return &api.EmptyBatchRequest{Message: fmt.Sprintf("There should be at least one %s in the request.", operation)}
	}
	if len(ids) > 10 {
		return &api.TooManyEntriesInBatchRequest{Message: fmt.Sprintf("Maximum number of entries per request are 10. You have sent %d.", len(ids))}
	}
	seen := make(map[string]bool, len(ids))
	for _, id := range ids {
		valid := id != "" && len(id) <= 80
		for _, c := range id {
			valid = valid && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_')
		}
		if !valid {
			return &api.InvalidBatchEntryId{Message: "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long."}
		}
		if seen[id] {
			return &api.BatchEntryIdsNotDistinct{Message: fmt.Sprintf("Id %s repeated.", id)}
		}
		seen[id] = true
	}
	return nil
}

// failedEntry is a batch entry's own fault in a batch's answer. ok is false when
// err is no fault of the caller, and fails the whole batch.
func failedEntry(id string, err error) (entry api.BatchResultErrorEntry, ok bool) {
	var fault wire.Error
	if !errors.As(err, &fault) {
		return entry, false
	}
	code := fault.ErrorCode()
	var e *wire.APIError
	if errors.As(err, &e) && e.QueryCode != "" {
		code = e.QueryCode
	}
	return api.BatchResultErrorEntry{Id: id, SenderFault: true, Code: code, Message: new(fault.ErrorMessage())}, true
}

// eachReceived applies do to the entries of a batch about received messages, in
// one commit, and returns which of them succeeded and what failed of the others.
func (s *Service) eachReceived(ctx context.Context, queueURL, operation string, ids []string, do func(tx *kv.Tx, q *queue, i int, now time.Time) error) (good []int, failed []api.BatchResultErrorEntry, err error) {
	if err := checkBatch(operation, ids); err != nil {
		return nil, nil, err
	}
	now, end := s.ready.begin(s.Clock)
	defer end()
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		good, failed = nil, nil
		q, err := s.load(ctx, tx, queueURL)
		if err != nil {
			return err
		}
		for i, id := range ids {
			fault := do(tx, q, i, now)
			if fault == nil {
				good = append(good, i)
				continue
			}
			entry, ok := failedEntry(id, fault)
			if !ok {
				return fault
			}
			failed = append(failed, entry)
		}
		return nil
	})
	return good, failed, err
}
