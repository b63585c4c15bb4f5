package events

import (
	"context"
	"fmt"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/schedule"
	"maru.dev/maru/task"
)

// tickKind is the kind of the tasks that wait until a rule's schedule is due.
// Each has its rule's ARN as its key.
const tickKind = "events.tick"

// tick is the body of such a task.
type tick struct {
	Bus, Rule string
	Due       time.Time
}

// maxLate is how long ago the times are that a rule tells when maru has not run
// for longer: as long as EventBridge tries to deliver an event.
const maxLate = defaultAge

// keepsTimeOf tells whether a rule is due when another is.
func (r *rule) keepsTimeOf(o *rule) bool {
	return r.Schedule == o.Schedule && (r.Schedule == "" || r.enabled() == o.enabled() && r.Anchor.Equal(o.Anchor))
}

// wind lets a rule's schedule run from now on, or stops it.
func (s *Service) wind(tx *kv.Tx, ref busRef, name string, r *rule) error {
	if r.Schedule == "" || !r.enabled() {
		return s.Tasks.CancelKey(tx, tickKind, ref.ruleARN(name))
	}
	return s.nextTick(tx, ref, name, r, s.Clock.Now())
}

// nextTick adds the task of the first time after one at which a rule is due.
func (s *Service) nextTick(tx *kv.Tx, ref busRef, name string, r *rule, after time.Time) error {
	e, err := schedule.Parse(r.Schedule)
	if err != nil {
		return fmt.Errorf("stored schedule: %w", err)
	}
	due, ok := e.NextFrom(r.Anchor, after, time.UTC)
	if !ok {
		return nil // its last time has passed
	}
	_, err = s.Tasks.Add(tx, task.Task{
		Kind: tickKind, Owner: ref.ruleARN(name), Key: ref.ruleARN(name), Due: due, Account: ref.account, Region: ref.region,
		Policy: task.Policy{MinBackoff: 100 * time.Millisecond, MaxBackoff: 20 * time.Second},
		Body:   tick{ref.name, name, due},
	})
	return err
}

// isRate tells whether a rule is due every so often, whatever the calendar says.
func isRate(text string) bool {
	e, err := schedule.Parse(text)
	return err == nil && e.Kind() == schedule.Rate
}

// runTick sends a rule's scheduled event to its targets, and waits for the next
// time. Both are one transaction, so that no time is told twice. The next time
// is the one after that which was due, not after now: what has passed while
// nothing ran is told late, one time after another. Where the clock has been set
// back, a tick comes before its time: a rate's is due all the same, and any other
// looks at the calendar anew.
func (s *Service) runTick(ctx context.Context, run *task.Run) error {
	var body tick
	if err := run.Decode(&body); err != nil {
		return task.Dead(err)
	}
	ref := busRef{home{run.Account, run.Region}, body.Bus}
	id, now := s.IDs.UUID(), s.Clock.Now()
	after := body.Due
	if oldest := now.Add(-maxLate); after.Before(oldest) {
		after = oldest
	}
	header, told := s.beginTick(ref, body.Rule, now)
	e := &event{
		bus: ref, id: id, source: "aws.events", detailType: "Scheduled Event", account: ref.account, region: ref.region,
		time: body.Due, resources: []string{ref.ruleARN(body.Rule)}, detail: []byte("{}"), ingested: now,
		traceID: header,
	}
	early := false
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		early = false
		if err := run.Done(tx); err != nil {
			return err
		}
		r, ok, err := kv.Get[rule](tx, ref.ruleKey(body.Rule))
		if err != nil {
			return fmt.Errorf("load rule: %w", err)
		}
		if !ok || r.Schedule == "" || !r.enabled() {
			return nil
		}
		if body.Due.Sub(now) > time.Second {
			if early = !isRate(r.Schedule); early {
				return s.nextTick(tx, ref, body.Rule, &r, now)
			}
			e.time, after = now, now
		}
		l := newListener(ref, body.Rule, &r)
		if _, err = s.invoke(tx, l, e); err != nil {
			return err
		}
		return s.nextTick(tx, ref, body.Rule, &r, after)
	})
	if err == nil && !early {
		s.measureMatches(e)
		told()
	}
	return err
}
