// Package source polls event sources for the services that have something run
// with what comes: Lambda's event source mappings and EventBridge Pipes. It reads
// batches from SQS queues and DynamoDB streams, has them handled, and does with
// the outcome what the mapping says.
//
// A mapping is a row of its service, and has a row in an index that the service's
// Keeper reads:
//
//	account region service "m" id         → Mapping
//	account region service "k" id shard   → how far a shard was read, and its open window
//	account region service "k" id shard "state" → what that window carries
//	"" "" service "mapping" account region id → nothing: the index
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
	"strings"
	"time"

	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/pattern"
	"maru.dev/maru/service"
)

// Mapping is an event source with what is to be done about it.
type Mapping struct {
	Service         string `cbor:",omitempty"` // whose it is: "" is lambda
	Account, Region string
	UUID            string // or another name, unique in the service
	SourceARN       string
	Function        string // ARN of what handles batches: a function with its qualifier, a pipe
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
	Tumbling       int32 // seconds; 0 is no windows
	ReportFailures bool
	MaxConcurrency int32 // 0 is defaultConcurrency
}

// service is whose mapping it is.
func (m *Mapping) service() string {
	if m.Service == "" {
		return "lambda"
	}
	return m.Service
}

// Key is the mapping's row.
func (m *Mapping) Key() kv.Key { return kv.NewKey(m.Account, m.Region, m.service(), "m", m.UUID) }

// Checkpoints is the prefix of the rows that say how far streams were read.
func (m *Mapping) Checkpoints() kv.Key {
	return kv.NewKey(m.Account, m.Region, m.service(), "k", m.UUID)
}

// IsQueue says whether the source is an SQS queue.
func (m *Mapping) IsQueue() bool { return strings.HasPrefix(m.SourceARN, "arn:aws:sqs:") }

// index is the prefix of the rows that list a service's mappings, for pollers.
func index(service string) kv.Key { return kv.NewKey("", "", service, "mapping") }

// topic wakes the keepers of a service when a mapping comes, changes or goes.
func topic(service string) kv.Key { return kv.NewKey("", "", service, "mappings") }

// Save writes a mapping and tells the pollers.
func Save(tx *kv.Tx, m *Mapping) error {
	if err := kv.Put(tx, m.Key(), *m); err != nil {
		return err
	}
	if err := tx.Put(index(m.service()).With(m.Account, m.Region, m.UUID), []byte{}); err != nil {
		return err
	}
	tx.Wake(topic(m.service()))
	return nil
}

// Remove takes a mapping away, with how far it has read; its poller ends once
// the batches under way have.
func Remove(tx *kv.Tx, m *Mapping) error {
	if err := tx.DeleteRange(kv.Prefix(m.Checkpoints())); err != nil {
		return err
	}
	if err := tx.Delete(index(m.service()).With(m.Account, m.Region, m.UUID)); err != nil {
		return err
	}
	tx.Wake(topic(m.service()))
	return tx.Delete(m.Key())
}

// Answer is what a handler made of a batch.
type Answer struct {
	Payload         []byte
	FunctionError   string
	ExecutedVersion string
	RequestID       string
}

// Batch is what is handled at once.
type Batch struct {
	Records []map[string]any // each as functions see it
	Window  *Window          // nil where the mapping has none
}

// Poller runs mappings.
type Poller struct {
	service.Deps

	// Handle has a batch handled. An error, or an Answer with a FunctionError, fails
	// the batch.
	Handle func(ctx context.Context, m *Mapping, b Batch) (Answer, error)
	// Stopped, if it is set, tells of a message whose trace header this is that it
	// belongs to a loop which ends here: it is not handled, and stays in its queue
	// until the queue's redrive policy or its age takes it away.
	Stopped func(ctx context.Context, m *Mapping, header string) bool
	// Account tells, in the members of a JSON object, why a batch of a stream was
	// given up. The answer is nil if there was none.
	Account func(m *Mapping, condition string, tries int, answer *Answer) map[string]any
}

// maxEvent is how large an event may be.
const maxEvent = 6 * 1024 * 1024

// The pauses after a source could not be read.
const (
	minPause = 100 * time.Millisecond
	maxPause = 30 * time.Second
)

// principal is the service principal that reads a mapping's source.
func (m *Mapping) principal() string { return m.service() + ".amazonaws.com" }

// as returns a context in which the mapping's service reads its source.
func (p *Poller) as(ctx context.Context, m *Mapping) context.Context {
	return call.As(ctx, m.principal(), m.Function, m.Account, m.Region)
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

// partialFailures reads the ids that a handler reports as failed. ok is false
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
