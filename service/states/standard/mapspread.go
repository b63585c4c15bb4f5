package standard

import (
	"context"
	"errors"
	"fmt"

	"maru.dev/maru/kv"
	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/flow"
	"maru.dev/maru/service/states/history"
	"maru.dev/maru/service/states/machine"
	"maru.dev/maru/task"
)

// atOnce is how many children one transaction starts, and maxAtOnce how many of a
// map run run at the same time.
const (
	atOnce    = 50
	maxAtOnce = 1000
)

// spread counts the ends of children and starts others.
func (r *Runner) spread(ctx context.Context, m *MapRun) (again bool, err error) {
	p, err := r.preparedFor(ctx, m)
	if err != nil {
		return false, err
	}
	var after []func()
	err = r.updateMap(ctx, m, mapping, func(tx *kv.Tx, m *MapRun) error {
		again, after = false, nil
		more, err := m.count(tx)
		if err != nil {
			return err
		}
		if m.exceeded() {
			m.Phase, m.Status, m.Error, m.Cause = ending, MapFailed, flow.ErrExceedTolerated, "The specified tolerated failure threshold was exceeded"
			again = true
			return nil
		}
		var full bool
		if after, full, err = r.begin(ctx, tx, m, p); err != nil {
			return err
		}
		if m.Begun == m.Total && m.Counts.Running == 0 && m.Counts.Waiting == 0 {
			m.Phase, full = ending, true
			m.Status = MapSucceeded
		}
		again = full || more
		return nil
	})
	if err == nil {
		for _, f := range after {
			f()
		}
	}
	return again, err
}

// begin starts as many children as may run beside those that do: first those
// that wait for a redrive. full tells that this is all that one transaction does.
func (r *Runner) begin(ctx context.Context, tx *kv.Tx, m *MapRun, p *machine.Prepared) (after []func(), full bool, err error) {
	limit := int64(maxAtOnce)
	if m.MaxConcurrency > 0 {
		limit = min(limit, m.MaxConcurrency)
	}
	for m.Counts.Running < limit && (m.Counts.Waiting > 0 || m.Begun < m.Total) {
		if len(after) == atOnce {
			return after, true, nil
		}
		var remember func()
		if m.Counts.Waiting > 0 {
			var begun bool
			if begun, remember, err = r.redriveChild(ctx, tx, m, p); err != nil {
				return nil, false, err
			}
			if !begun {
				continue
			}
		} else if remember, err = r.beginNext(ctx, tx, m, p); err != nil {
			return nil, false, err
		}
		after = append(after, remember)
	}
	return after, false, nil
}

// beginNext starts the child of the first item that has none.
func (r *Runner) beginNext(ctx context.Context, tx *kv.Tx, m *MapRun, p *machine.Prepared) (remember func(), err error) {
	n, err := m.itemsOf(tx, m.Begun)
	if err != nil {
		return nil, err
	}
	if remember, err = r.startChild(ctx, tx, m, p, m.Begun, n); err != nil {
		return nil, err
	}
	m.Begun++
	m.Counts.Running++
	m.ItemCounts.Running += n
	return remember, nil
}

// countedAtOnce is how many ends one transaction counts.
const countedAtOnce = 500

// count takes in the ends of children.
func (m *MapRun) count(tx *kv.Tx) (more bool, err error) {
	span := kv.Prefix(mapKey(m.Home, "ud", m.ID))
	span.Limit = countedAtOnce
	n := 0
	for row, err := range kv.Scan[childEnd](tx, span) {
		if err != nil {
			return false, fmt.Errorf("count ends: %w", err)
		}
		var item int64
		if err := row.Key.Scan(5, &item); err != nil {
			return false, fmt.Errorf("read place of end: %w", err)
		}
		end, items := row.Value, row.Value.items()
		m.Counts.Running--
		m.Counts.add(end.Status, 1)
		m.ItemCounts.Running -= items
		m.ItemCounts.add(end.Status, items)
		if end.Fixed {
			m.Fixed.add(end.Status, 1)
			m.FixedItems.add(end.Status, items)
		}
		if err := kv.Put(tx, mapKey(m.Home, "ur", m.ID, item), row.Value); err != nil {
			return false, err
		}
		if err := tx.Delete(row.Key); err != nil {
			return false, err
		}
		n++
	}
	return n == countedAtOnce, nil
}

// exceeded tells whether more has failed than is tolerated.
func (m *MapRun) exceeded() bool {
	tolerated := flow.MapSettings{
		ToleratedFailureCount: m.ToleratedFailureCount, ToleratedFailurePercentage: m.ToleratedFailurePercentage, HasCount: m.HasCount, HasPercentage: m.HasPercentage,
	}
	return tolerated.Exceeded(m.ItemCounts.Unsuccessful(), m.Items)
}

// preparedFor reads the revision that a map run's execution runs.
func (r *Runner) preparedFor(ctx context.Context, m *MapRun) (p *machine.Prepared, err error) {
	err = r.deps.Store.View(ctx, func(tx *kv.Tx) error {
		x, ok, err := Load(tx, m.Execution())
		if err != nil {
			return err
		}
		if !ok {
			return errors.New("standard: a map run without an execution")
		}
		p, err = r.Shelf.Get(tx, m.Home, m.Execution().Machine(), x.Revision)
		return err
	})
	return p, err
}

// startChild starts the child for an item, which may be a batch of several.
func (r *Runner) startChild(ctx context.Context, tx *kv.Tx, m *MapRun, p *machine.Prepared, item, items int64) (func(), error) {
	text, ok, err := tx.Get(mapKey(m.Home, "ui", m.ID, item))
	if err != nil || !ok {
		return nil, fmt.Errorf("load item %d of %s: %w", item, m.ID, err)
	}
	parent, _, err := Load(tx, m.Execution())
	if err != nil {
		return nil, err
	}
	k := Key{m.Home, m.childScope(), r.deps.IDs.UUID()}
	if m.Express {
		_, err := r.deps.Tasks.Add(tx, task.Task{
			Kind: expressKind, Owner: m.ARN(), Account: m.Home.Account, Region: m.Home.Region, TraceID: r.traceOf(parent, 0),
			Body: expressChild{m.ID, item, k.Name, items}, Lease: callLease,
		})
		return func() {}, err
	}
	input, err := engine.ParsePayload(0, string(text))
	if err != nil {
		return nil, fmt.Errorf("read item %d of %s: %w", item, m.ID, err)
	}
	x := &Execution{
		Key: k, Started: r.deps.Clock.Now().UnixMilli(), Revision: p.ID, Role: parent.Role, Trace: r.traceOf(parent, 0),
		Run: m.ID, Item: item, Items: items,
	}
	return r.turn(ctx, tx, x, func(t *engine.Turn) error { return t.Start(history.Event{Role: x.Role}, input) })
}
