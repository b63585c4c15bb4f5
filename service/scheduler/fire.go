package scheduler

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	api "maru.dev/maru/api/scheduler"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/schedule"
	"maru.dev/maru/task"
	"maru.dev/maru/wire"
)

// invokeKind is the task that calls a schedule's target once.
const invokeKind = "scheduler.invoke"

// invokeLease is how long a call may take: a function that answers has fifteen
// minutes.
const invokeLease = 16 * time.Minute

// invocation is the body of such a task.
type invocation struct {
	Group, Name string
	Edition     string
	At          time.Time // when the schedule was due
	Execution   string    // id
	Token       string    // names what the call makes, so that it makes it once
	Target      api.Target
	Counted     bool // among those after which the schedule goes
}

// runFire fires a schedule: it writes the invocation and the task of the time
// after in one transaction. Where the clock has been set back it comes before its
// time: a rate's is due all the same, and any other looks at the calendar anew.
func (s *Service) runFire(ctx context.Context, run *task.Run) error {
	var f firing
	if err := run.Decode(&f); err != nil {
		return task.Dead(err)
	}
	h := home{run.Account, run.Region}
	now, share, execution, token := s.Clock.Now(), s.IDs.Float(), s.IDs.Hex(16), s.IDs.UUID()
	header, told := s.beginTrace(h, &f, now)
	early := false
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		early = false
		if err := run.Done(tx); err != nil {
			return err
		}
		sc, ok, err := kv.Get[record](tx, h.scheduleKey(f.Group, f.Name))
		if err != nil || !ok || sc.Edition != f.Edition {
			return err
		}
		due := f.At
		if due.Sub(now) > time.Second {
			p, err := planOf(&sc)
			if err != nil {
				return err
			}
			if early = p.expr.Kind() != schedule.Rate || now.Before(p.start); early {
				_, err := s.arm(tx, h, &sc, now)
				return err
			}
			if due = now; sc.Anchor.After(now) { // it was made at a time that has not come
				sc.Anchor = now
				if err := kv.Put(tx, h.scheduleKey(sc.Group, sc.Name), sc); err != nil {
					return err
				}
			}
		}
		// What is older than an invocation may become has been missed for good.
		age := time.Duration(*sc.Target.RetryPolicy.MaximumEventAgeInSeconds) * time.Second
		oldest := now.Add(-age)
		if oldest.Before(due) {
			oldest = due
		}
		more, err := s.arm(tx, h, &sc, oldest)
		if err != nil {
			return err
		}
		inv := invocation{f.Group, f.Name, f.Edition, due, execution, token, sc.Target, sc.After == api.ActionAfterCompletionDelete}
		if err := s.count(tx, h, &sc, more); err != nil {
			return err
		}
		_, err = s.Tasks.Add(tx, task.Task{
			Kind: invokeKind, Owner: ownerOf(h, &sc), Due: due.Add(time.Duration(share * float64(sc.Window))), Body: inv,
			Account: h.Account, Region: h.Region, TraceID: header, Lease: invokeLease,
			Policy: task.Policy{
				MaxAttempts: int(*sc.Target.RetryPolicy.MaximumRetryAttempts) + 1, MaxAge: age,
				MinBackoff: time.Second, MaxBackoff: 5 * time.Minute,
			},
		})
		return err
	})
	if err == nil && !early {
		told()
	}
	return err
}

// count notes an invocation of a schedule that goes after the last one.
func (s *Service) count(tx *kv.Tx, h home, sc *record, more bool) error {
	if sc.After != api.ActionAfterCompletionDelete {
		return nil
	}
	if !more {
		sc.Ended = true
		if err := kv.Put(tx, h.scheduleKey(sc.Group, sc.Name), *sc); err != nil {
			return err
		}
	}
	return tx.Add(h.pendingKey(sc.Group, sc.Name, sc.Edition), 1)
}

// runInvoke calls a target.
func (s *Service) runInvoke(ctx context.Context, run *task.Run) error {
	var inv invocation
	if err := run.Decode(&inv); err != nil {
		return task.Dead(err)
	}
	h := home{run.Account, run.Region}
	gone, err := s.gone(ctx, h, &inv)
	if err != nil || gone {
		return err
	}
	req, err := s.request(h, &inv, run.Attempt)
	if err != nil {
		return task.Dead(err)
	}
	info := call.From(ctx)
	ctx = call.InRole(ctx, principal, inv.Target.RoleArn, inv.Execution, h.Account, regionOf(inv.Target.Arn, h.Region))
	as := call.From(ctx)
	as.Once, as.TraceID = string(run.ID), info.TraceID // made again, it is the same call
	err = s.send(call.With(ctx, as), req)
	s.measureCall(h, run, &inv, err)
	if err != nil {
		if task.Refused(err) {
			return task.Dead(err)
		}
		return err
	}
	if !inv.Counted {
		return nil
	}
	return s.Store.Update(context.WithoutCancel(ctx), func(tx *kv.Tx) error {
		if err := run.Done(tx); err != nil {
			return err
		}
		return s.complete(tx, h, &inv)
	})
}

// gone tells whether an invocation's schedule has been deleted since.
func (s *Service) gone(ctx context.Context, h home, inv *invocation) (gone bool, err error) {
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		_, ok, err := tx.Get(h.scheduleKey(inv.Group, inv.Name))
		gone = !ok
		return err
	})
	return gone, err
}

// complete notes that an invocation has ended. With the last one its schedule
// goes, if it is still the one that fired.
func (s *Service) complete(tx *kv.Tx, h home, inv *invocation) error {
	pending := h.pendingKey(inv.Group, inv.Name, inv.Edition)
	n, err := tx.Count(pending)
	if err != nil {
		return err
	}
	if n > 1 {
		return tx.Add(pending, -1)
	}
	if err := tx.Delete(pending); err != nil {
		return err
	}
	sc, ok, err := kv.Get[record](tx, h.scheduleKey(inv.Group, inv.Name))
	if err != nil || !ok || sc.Edition != inv.Edition || !sc.Ended {
		return err
	}
	return s.drop(tx, h, &sc)
}

// bury sends an invocation that is given up to the dead-letter queue.
//
// Spec: EventBridge Scheduler User Guide, Configuring a schedule's dead-letter
// queue.
func (s *Service) bury(tx *kv.Tx, run *task.Run, reason error) error {
	var inv invocation
	if err := run.Decode(&inv); err != nil {
		return nil //nolint:nilerr // nothing is known of it; the queue logs what it gives up
	}
	h := home{run.Account, run.Region}
	if inv.Counted {
		if err := s.complete(tx, h, &inv); err != nil {
			return err
		}
	}
	queue := inv.Target.DeadLetterConfig
	if queue == nil || queue.Arn == nil {
		return nil
	}
	body := wire.Value(inv.Target.Input)
	if req, err := s.request(h, &inv, run.Attempt); err == nil {
		body = string(req.input)
	}
	const maxBody = 240 << 10 // leaves room for the attributes
	truncated := len(body) > maxBody
	if truncated {
		body = strings.ToValidUTF8(body[:maxBody], "")
	}
	code, message := task.Reason(reason)
	attributes := map[string]string{
		"ERROR_CODE": code, "ERROR_MESSAGE": message, "EXECUTION_ID": inv.Execution, "RETRY_ATTEMPTS": strconv.Itoa(run.Attempt - 1),
		"SCHEDULED_TIME": stamp(inv.At), "SCHEDULE_ARN": h.scheduleARN(inv.Group, inv.Name), "TARGET_ARN": inv.Target.Arn,
		"IS_PAYLOAD_TRUNCATED": strconv.FormatBool(truncated),
	}
	if !task.Refused(reason) {
		attributes["EXHAUSTED_RETRY_CONDITION"] = "MaximumRetryAttempts"
		if run.Attempt < run.Policy.MaxAttempts {
			attributes["EXHAUSTED_RETRY_CONDITION"] = "MaximumEventAgeInSeconds"
		}
	}
	return s.Tasks.Deliver(tx, task.Delivery{
		Target: *queue.Arn, Payload: []byte(body), Attributes: attributes, Principal: principal,
		SourceARN: h.scheduleARN(inv.Group, inv.Name), Account: h.Account, Region: h.Region,
		Policy: task.Policy{MinBackoff: time.Second, MaxBackoff: time.Minute, MaxAge: 14 * 24 * time.Hour},
	})
}

// stamp writes a time as Scheduler does.
func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05Z") }

// errPartial says that a target took the call but not what was in it.
var errPartial = errors.New("the target did not take the event")

// refusedEntry is the error of an entry that PutEvents has not taken.
func refusedEntry(code, message string) error {
	return fmt.Errorf("%w: %s: %s", errPartial, code, message)
}
