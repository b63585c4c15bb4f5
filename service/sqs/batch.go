package sqs

import (
	"errors"
	"fmt"

	api "maru.dev/maru/api/sqs"
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
