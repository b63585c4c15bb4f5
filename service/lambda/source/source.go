// Package source polls event sources for Lambda: it reads batches from SQS
// queues and DynamoDB streams, runs a function with them, and does with the
// outcome what the event source mapping says.
//
// A Poller holds nothing that cannot be found again: what SQS has handed out
// comes back by its visibility, and how far a stream has been read is a
// checkpoint in the store, written after the batch was dealt with. So each
// record is processed at least once.
//
// Streams are read by whoever runs a mapping; two nodes that run the same one
// would both process its records (only one of them moves the checkpoint).
package source

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/pattern"
	"maru.dev/maru/service"
)

// Mapping is an event source mapping.
type Mapping struct {
	Account, Region string
	UUID            string
	SourceARN       string
	Function        string // ARN, with its qualifier if one was given
	Enabled         bool
	Ready           bool // the poller has begun
	Tags            map[string]string
	Created         time.Time
	LastModified    time.Time
	LastResult      string
	Generation      uint64 // grows with each change that pollers must take in

	BatchSize      int32
	Window         int32 // seconds
	Filters        []string
	Position       string
	Parallel       int32
	OnFailure      string
	MaxAge         int32 // seconds; -1 is without limit
	Bisect         bool
	Retries        int32 // -1 is without limit
	Tumbling       int32
	ReportFailures bool
	MaxConcurrency int32 // 0 is defaultConcurrency
}

// Key is the mapping's row.
func (m *Mapping) Key() kv.Key { return kv.NewKey(m.Account, m.Region, "lambda", "m", m.UUID) }

// Checkpoints is the prefix of the rows that say how far streams were read.
func (m *Mapping) Checkpoints() kv.Key { return kv.NewKey(m.Account, m.Region, "lambda", "k", m.UUID) }

// Answer is what a function made of a batch.
type Answer struct {
	Payload         []byte
	FunctionError   string
	ExecutedVersion string
	RequestID       string
}

// Poller runs mappings.
type Poller struct {
	service.Deps

	// Invoke runs a function, named by its ARN, with an event.
	Invoke func(ctx context.Context, functionARN string, event []byte) (Answer, error)
}

// maxEvent is how large an event may be.
const maxEvent = 6 * 1024 * 1024

// The pauses after a source could not be read.
const (
	minPause = 100 * time.Millisecond
	maxPause = 30 * time.Second
)

// as returns a context in which Lambda reads the mapping's source.
func (p *Poller) as(ctx context.Context, m *Mapping) context.Context {
	return call.As(ctx, "lambda.amazonaws.com", m.Function, m.Account, m.Region)
}

// sleep waits by the platform's clock; it returns false when ctx ended first.
func (p *Poller) sleep(ctx context.Context, d time.Duration) bool {
	t := p.Clock.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C():
		return true
	}
}

// record stores the result of the last batch where it is another than before.
func (p *Poller) record(ctx context.Context, m *Mapping, result string) {
	if m.LastResult == result {
		return
	}
	err := p.Store.Update(ctx, func(tx *kv.Tx) error {
		now, ok, err := kv.Get[Mapping](tx, m.Key())
		if err != nil || !ok {
			return err
		}
		now.LastResult = result
		return kv.Put(tx, m.Key(), now)
	})
	if err != nil {
		p.Log.Warn("store processing result", "mapping", m.UUID, "err", err)
		return
	}
	m.LastResult = result
}

// filters compiles a mapping's filters, which were checked when it was made.
func (m *Mapping) filters() ([]*pattern.Pattern, error) {
	var all []*pattern.Pattern
	for _, text := range m.Filters {
		f, err := pattern.Compile([]byte(text))
		if err != nil {
			return nil, fmt.Errorf("compile filter: %w", err)
		}
		all = append(all, f)
	}
	return all, nil
}

// passes says whether a record meets any of the filters, or there are none.
func passes(filters []*pattern.Pattern, record any) bool {
	for _, f := range filters {
		if f.Match(record) {
			return true
		}
	}
	return len(filters) == 0
}

// partialFailures reads the ids that a function reports as failed. ok is false
// when the report makes no sense, and the whole batch counts as failed.
//
// Spec: Lambda Developer Guide, Reporting batch item failures.
func partialFailures(payload []byte, known func(id string) bool) (failed map[string]bool, ok bool) {
	if len(payload) == 0 {
		return nil, true
	}
	var answer any
	if json.Unmarshal(payload, &answer) != nil {
		return nil, false
	}
	object, isObject := answer.(map[string]any)
	if !isObject {
		return nil, answer == nil || answer == ""
	}
	list, present := object["batchItemFailures"]
	if !present || list == nil {
		return nil, true
	}
	items, isList := list.([]any)
	if !isList {
		return nil, false
	}
	failed = make(map[string]bool)
	for _, item := range items {
		entry, _ := item.(map[string]any)
		id, _ := entry["itemIdentifier"].(string)
		if id == "" || !known(id) {
			return nil, false
		}
		failed[id] = true
	}
	return failed, true
}
