package service

import (
	"encoding/json"
	"fmt"
	"time"

	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
	"maru.dev/maru/task"
)

// EmitKind is the kind of the tasks that Emit writes; their body is an Emitted.
// The service events runs them.
const EmitKind = "events.emit"

// Event is what a service of AWS tells the default event bus of an account.
type Event struct {
	Account, Region string
	Source          string // "aws.s3"
	DetailType      string // "Object Created"
	Resources       []string
	Detail          any       // becomes a JSON object
	Time            time.Time // the zero time is now
	TraceID         string
	// ReadOnly is set if it tells of a call that changed nothing. Such events are
	// for rules that ask for all calls, and for nobody else.
	ReadOnly bool
}

// Emitted is an event on its way to the bus. Its ID is made once, so that it is
// the same event however often the task runs.
type Emitted struct {
	ID         string
	Source     string
	DetailType string
	Resources  []string
	Detail     []byte
	Time       time.Time
}

// ListenersKey is the counter of what there is on an account's default event
// bus that may want an event: its rules and archives. The service events keeps
// it; while it is zero there is nobody to emit to.
func ListenersKey(account, region string) kv.Key {
	return kv.NewKey(account, region, "events", "listeners")
}

// ReadersKey is the counter of those rules of the default event bus that want
// read-only events, too. The service events keeps it.
func ReadersKey(account, region string) kv.Key {
	return kv.NewKey(account, region, "events", "readers")
}

// Emit puts an event on its account's default bus, in the transaction of what
// happened: it is delivered if and only if tx is committed. It writes nothing
// as long as the bus has nobody who may want it.
func (d Deps) Emit(tx *kv.Tx, e Event) error {
	key := ListenersKey(e.Account, e.Region)
	if e.ReadOnly {
		key = ReadersKey(e.Account, e.Region)
	}
	listeners, err := tx.Count(key)
	if err != nil {
		return fmt.Errorf("count listeners of events: %w", err)
	}
	if listeners == 0 {
		return nil
	}
	detail, err := json.Marshal(e.Detail)
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	if e.Time.IsZero() {
		e.Time = d.Clock.Now()
	}
	_, err = d.Tasks.Add(tx, task.Task{
		Kind: EmitKind, Owner: arn.New("events", e.Region, e.Account, "event-bus/default"),
		Account: e.Account, Region: e.Region, TraceID: e.TraceID,
		Policy: task.Policy{MinBackoff: 100 * time.Millisecond, MaxBackoff: 20 * time.Second},
		Body: Emitted{
			ID: d.IDs.UUID(), Source: e.Source, DetailType: e.DetailType, Resources: e.Resources, Detail: detail, Time: e.Time,
		},
	})
	if err != nil {
		return fmt.Errorf("emit event: %w", err)
	}
	return nil
}
