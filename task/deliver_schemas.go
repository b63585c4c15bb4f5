package task

import (
	"context"

	"maru.dev/maru/kv"
)

// DiscoverKind is the kind of the tasks that bring events to schema discoverers;
// their body is a Discovery. The service schemas runs them.
const DiscoverKind = "schemas.discover"

// Discovery is an event for a discoverer.
type Discovery struct {
	Discoverer string // ARN
	Event      []byte // JSON
}

// toSchemas hands the payload to a discoverer: its service has no operation for
// that, so it is a task of its own.
func toSchemas(ctx context.Context, q *Queue, _ *Run, d *Delivery) error {
	return q.store.Update(ctx, func(tx *kv.Tx) error {
		_, err := q.Add(tx, Task{
			Kind: DiscoverKind, Owner: d.Target, Account: d.Account, Region: d.Region, TraceID: d.TraceID,
			Body: Discovery{Discoverer: d.Target, Event: d.Payload},
		})
		return err
	})
}
