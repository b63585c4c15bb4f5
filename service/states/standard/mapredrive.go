package standard

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/flow"
	"maru.dev/maru/service/states/machine"
)

// maxRedrives is how often a map run can be redriven.
const maxRedrives = 1000

// Redrive begins the turn that takes an execution up again. token is the
// client's, if any.
func (x *Execution) Redrive(t *engine.Turn, now time.Time, token string) error {
	x.Redrives++
	x.RedrivenAt, x.RedriveID = now.UnixMilli(), token
	x.Stopped, x.Error, x.Cause, x.Output = 0, nil, nil, 0
	return t.Redrive(x.Redrives)
}

// RedriveMapRun implements engine.Host: the children that have not ended well
// are taken up again, and those that never began begin. A map run that still
// stops its children, or writes its results, does so after that.
//
// Spec: Step Functions Developer Guide, Redriving Map Runs.
func (v *visit) RedriveMapRun(run string) (count int64, err error) {
	_, id, _ := strings.Cut(run, ":mapRun:")
	m, ok, err := LoadMapRun(v.tx, v.x.Key.Home, id)
	if err != nil || !ok || !m.redrivable() {
		return 0, err
	}
	if m.Redrives == maxRedrives {
		return 0, &flow.Failure{Name: flow.ErrRuntime, Cause: fmt.Sprintf("The Map Run has been redriven %d times and cannot be redriven again.", maxRedrives)}
	}
	m.Redrives++
	m.RedrivenAt = v.turn.Now.UnixMilli()
	if m.Phase == over {
		m.redrive()
	} else {
		m.Again = true
	}
	if err := v.runner.poke(v.tx, m.Home, m.ID); err != nil {
		return 0, err
	}
	return m.Redrives, PutMapRun(v.tx, m)
}

// redrivable tells whether there is something of a map run to take up again:
// one that had no items yet, or failed by its data, begins anew.
func (m *MapRun) redrivable() bool {
	return m.Total > 0 && m.Status != MapSucceeded && m.Error != flow.ErrDataLimitExceeded && m.Error != flow.ErrRuntime
}

// redrive has the children that have not ended well wait for their redrive.
func (m *MapRun) redrive() {
	m.Status, m.Phase, m.Stopped, m.Error, m.Cause, m.Again = MapRunning, mapping, 0, "", "", false
	m.Counts.wait(&m.Fixed)
	m.ItemCounts.wait(&m.FixedItems)
	m.Redriven = 0
}

// wait moves all that have not ended well, but for those that never will, to
// those that wait for a redrive.
func (c *Counts) wait(fixed *Counts) {
	c.Waiting += c.Unsuccessful() - fixed.Unsuccessful()
	c.Failed, c.TimedOut, c.Aborted = fixed.Failed, fixed.TimedOut, fixed.Aborted
}

// Waits tells whether a child of the run waits for its redrive.
func (m *MapRun) Waits(x *Execution) bool {
	return m.Counts.Waiting > 0 && x.Item >= m.Redriven && x.Status != engine.Running && x.Status != engine.Succeeded && !x.full()
}

// full tells whether an execution's history has no room for a redrive.
func (x *Execution) full() bool { return x.State.Next >= engine.MaxEvents-1 }

// nextWaiting finds the next child that waits for its redrive, and takes note
// that it was found.
func (m *MapRun) nextWaiting(tx *kv.Tx) (item int64, end childEnd, ok bool, err error) {
	span := kv.Prefix(mapKey(m.Home, "ur", m.ID))
	span.From = mapKey(m.Home, "ur", m.ID, m.Redriven)
	for row, err := range kv.Scan[childEnd](tx, span) {
		if err != nil {
			return 0, end, false, fmt.Errorf("look for children to redrive: %w", err)
		}
		if row.Value.Status == engine.Succeeded || row.Value.Fixed {
			continue
		}
		if err := row.Key.Scan(5, &item); err != nil {
			return 0, end, false, err
		}
		m.Redriven = item + 1
		m.Counts.Waiting--
		m.ItemCounts.Waiting -= row.Value.items()
		return item, row.Value, true, nil
	}
	m.Counts.Waiting, m.ItemCounts.Waiting = 0, 0
	return 0, end, false, nil
}

// redriveChild takes up again, or starts anew if it is an express execution, the
// next child that waits for it. begun is false if there is none.
func (r *Runner) redriveChild(ctx context.Context, tx *kv.Tx, m *MapRun, p *machine.Prepared) (begun bool, remember func(), err error) {
	item, end, ok, err := m.nextWaiting(tx)
	if err != nil || !ok {
		return false, nil, err
	}
	m.Counts.Running++
	m.ItemCounts.Running += end.items()
	if m.Express {
		remember, err = r.startChild(ctx, tx, m, p, item, end.items())
		return true, remember, err
	}
	k := Key{m.Home, m.childScope(), end.Name}
	x, ok, err := Load(tx, k)
	if err != nil || !ok {
		return false, nil, errors.Join(err, fmt.Errorf("load child %s", k.ARN()))
	}
	remember, err = r.turn(ctx, tx, x, func(t *engine.Turn) error { return x.Redrive(t, r.deps.Clock.Now(), "") })
	return true, remember, err
}

// unwait counts the children whose redrive has not come as what they were
// before, when their run ends; it returns whether there are more.
func (r *Runner) unwait(ctx context.Context, m *MapRun) (more bool, err error) {
	if m.Counts.Waiting == 0 {
		return false, nil
	}
	err = r.updateMap(ctx, m, ending, func(tx *kv.Tx, m *MapRun) error {
		for range countedAtOnce {
			_, end, ok, err := m.nextWaiting(tx)
			if err != nil || !ok {
				return err
			}
			m.Counts.add(end.Status, 1)
			m.ItemCounts.add(end.Status, end.items())
		}
		return nil
	})
	return true, err
}
