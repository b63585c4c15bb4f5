package events

import (
	"context"
	"fmt"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/task"
)

const (
	// restKind is the kind of the tasks that go on where a transaction would
	// have become too large.
	restKind = "events.rest"
	// maxListeners and maxWritten bound what one event adds to a transaction.
	maxListeners = 200
	maxWritten   = 4 << 20
)

// rest is the body of such a task: an event, and the rows of the rules and
// archives that it matched and that are still to be told.
type rest struct {
	Bus                    string
	ID, Source, DetailType string
	Account, Region        string
	Time, Ingested         time.Time
	Resources              []string
	Detail                 []byte
	Forwarded              bool
	Replay                 string
	Only                   []string
	Listeners              [][]byte // keys
}

// publishRest leaves what is still to be told of an event to a task.
func (s *Service) publishRest(tx *kv.Tx, e *event, found []*listener) error {
	r := rest{
		Bus: e.bus.name, ID: e.id, Source: e.source, DetailType: e.detailType, Account: e.account, Region: e.region, Time: e.time,
		Ingested: e.ingested, Resources: e.resources, Detail: e.detail, Forwarded: e.forwarded, Replay: e.replay, Only: e.only,
	}
	for _, l := range found {
		r.Listeners = append(r.Listeners, l.key)
	}
	return s.addRest(tx, e, r)
}

// addRest adds the task of r.
func (s *Service) addRest(tx *kv.Tx, e *event, r rest) error {
	_, err := s.Tasks.Add(tx, task.Task{
		Kind: restKind, Owner: e.bus.ARN(), Account: e.bus.account, Region: e.bus.region, TraceID: e.traceID,
		Policy: task.Policy{MinBackoff: 100 * time.Millisecond, MaxBackoff: 20 * time.Second}, Body: r,
	})
	return err
}

// runRest tells the next listeners, and leaves the others to another task, in
// the transaction that ends this one.
func (s *Service) runRest(ctx context.Context, run *task.Run) error {
	var r rest
	if err := run.Decode(&r); err != nil {
		return task.Dead(err)
	}
	e := &event{
		bus: busRef{home{run.Account, run.Region}, r.Bus}, id: r.ID, source: r.Source, detailType: r.DetailType, account: r.Account,
		region: r.Region, time: r.Time, resources: r.Resources, detail: r.Detail, traceID: run.TraceID, forwarded: r.Forwarded,
		replay: r.Replay, only: r.Only, ingested: r.Ingested,
	}
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		if err := run.Done(tx); err != nil {
			return err
		}
		written := 0
		for i, key := range r.Listeners {
			if i == maxListeners || written > maxWritten {
				next := r
				next.Listeners = r.Listeners[i:]
				return s.addRest(tx, e, next)
			}
			l, err := loadListener(tx, e.bus, key)
			if err != nil {
				return err
			}
			if l == nil {
				continue // it is gone, or does not listen any more
			}
			n, err := s.tell(tx, l, e)
			if err != nil {
				return fmt.Errorf("tell %s: %w", l.name, err)
			}
			written += n
		}
		return nil
	})
	if err == nil {
		s.measureMatches(e)
	}
	return err
}
