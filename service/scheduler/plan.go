package scheduler

import (
	"fmt"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/schedule"
	"maru.dev/maru/task"

	api "maru.dev/maru/api/scheduler"
)

// fireKind is the task that waits for a schedule's next time.
const fireKind = "scheduler.fire"

// precision is how late AWS may be, and so how long ago a time may be that is
// still met when its schedule is made.
const precision = time.Minute

// plan is when a schedule is due.
type plan struct {
	expr   schedule.Expression
	loc    *time.Location
	anchor time.Time // of a rate: when it is due first
	start  time.Time // zero: none
	end    time.Time
}

// planOf reads a schedule's expression, which was valid when it was stored.
func planOf(sc *record) (plan, error) {
	expr, err := schedule.Parse(sc.Expression)
	if err != nil {
		return plan{}, err
	}
	loc, err := location(sc.Timezone)
	if err != nil {
		return plan{}, fmt.Errorf("time zone: %w", err)
	}
	p := plan{expr: expr, loc: loc, anchor: sc.Start, start: sc.Start, end: sc.End}
	if p.anchor.IsZero() {
		p.anchor = sc.Anchor
	}
	return p, nil
}

// location finds a time zone by its name in the IANA database.
func location(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("%q is not a time zone", name)
	}
	return time.LoadLocation(name)
}

// next is the first time after a given one at which the schedule is due; false
// when there is none.
//
// Spec: EventBridge Scheduler User Guide, Schedule types.
func (p plan) next(after time.Time) (time.Time, bool) {
	var at time.Time
	var ok bool
	switch kind := p.expr.Kind(); {
	case kind == schedule.At: // heeds neither start nor end
		return p.expr.Next(after, p.loc)
	case kind == schedule.Rate && after.Before(p.anchor):
		at, ok = p.anchor, true
	case kind == schedule.Rate:
		at, ok = p.expr.NextFrom(p.anchor, after, p.loc)
	default:
		if from := p.start.Add(-time.Nanosecond); !p.start.IsZero() && after.Before(from) {
			after = from
		}
		at, ok = p.expr.Next(after, p.loc)
	}
	if ok && !p.end.IsZero() && !at.Before(p.end) {
		return time.Time{}, false
	}
	return at, ok
}

// firing is the body of a fire task: one due time of one edition.
type firing struct {
	Group, Name string
	Edition     string
	At          time.Time
}

// arm writes the task of a schedule's first time after the given one, in place
// of the one that waits. It tells whether there is such a time.
func (s *Service) arm(tx *kv.Tx, h home, sc *record, after time.Time) (bool, error) {
	key := h.scheduleARN(sc.Group, sc.Name)
	p, err := planOf(sc)
	if err != nil {
		return false, err
	}
	at, ok := p.next(after)
	if !ok || sc.State != api.ScheduleStateEnabled {
		return false, s.Tasks.CancelKey(tx, fireKind, key)
	}
	_, err = s.Tasks.Add(tx, task.Task{
		Kind: fireKind, Key: key, Owner: key, Due: at, Body: firing{sc.Group, sc.Name, sc.Edition, at},
		Account: h.Account, Region: h.Region,
	})
	return true, err
}
