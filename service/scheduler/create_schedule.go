package scheduler

import (
	"context"
	"time"

	api "maru.dev/maru/api/scheduler"
	"maru.dev/maru/kv"
	"maru.dev/maru/schedule"
	"maru.dev/maru/wire"
)

// What a target's retry policy is unless told otherwise.
const (
	defaultAge     = 86400
	defaultRetries = 185
)

// maxStartAge is how long ago a schedule may start.
const maxStartAge = 5 * time.Minute

// CreateSchedule makes a schedule, and sets the task of its first time.
//
// Spec: EventBridge Scheduler API Reference, CreateSchedule.
func (s *Service) CreateSchedule(ctx context.Context, in *api.CreateScheduleInput) (*api.CreateScheduleOutput, error) {
	h, now := homeOf(ctx), s.now()
	sc, err := s.read(in, now)
	if err != nil {
		return nil, err
	}
	if err := checkRole(sc.Target.RoleArn, h.Account); err != nil {
		return nil, err
	}
	sc.Created, sc.Modified, sc.Anchor, sc.Edition = now, now, now, s.IDs.Hex(16)
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		g, err := loadGroup(tx, h, sc.Group)
		if err != nil {
			return err
		}
		if g.State == api.ScheduleGroupStateDeleting {
			return &api.ConflictException{Message: "Schedule group " + sc.Group + " is being deleted."}
		}
		old, ok, err := kv.Get[record](tx, h.scheduleKey(sc.Group, sc.Name))
		switch {
		case err != nil:
			return err
		case ok && sc.Token != "" && old.Token == sc.Token && old.Request == sc.Request:
			return nil // the same request again
		case ok:
			return &api.ConflictException{Message: "Schedule " + sc.Name + " already exists."}
		}
		return s.write(tx, h, &sc, now)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateScheduleOutput{ScheduleArn: h.scheduleARN(sc.Group, sc.Name)}, nil
}

// write stores a schedule that begins now, and sets its task.
func (s *Service) write(tx *kv.Tx, h home, sc *record, now time.Time) error {
	after := now.Add(-time.Nanosecond) // what is due now is met
	if expr, err := schedule.Parse(sc.Expression); err == nil && expr.Kind() == schedule.At {
		after = now.Add(-precision)
	}
	if _, err := s.arm(tx, h, sc, after); err != nil {
		return err
	}
	return kv.Put(tx, h.scheduleKey(sc.Group, sc.Name), *sc)
}

// read makes a schedule of a request, with the defaults for what it leaves out.
func (s *Service) read(in *api.CreateScheduleInput, now time.Time) (record, error) {
	bare := *in
	bare.ClientToken = nil
	request, err := fingerprint(bare)
	if err != nil {
		return record{}, err
	}
	sc := record{
		Group: wire.Or(in.GroupName, defaultGroup), Name: in.Name, Expression: in.ScheduleExpression,
		Timezone: wire.Or(in.ScheduleExpressionTimezone, "UTC"), Description: wire.Value(in.Description),
		Start: wire.Or(in.StartDate, time.Time{}), End: wire.Or(in.EndDate, time.Time{}), State: wire.Or(in.State, api.ScheduleStateEnabled),
		After: wire.Or(in.ActionAfterCompletion, api.ActionAfterCompletionNone), KMSKey: wire.Value(in.KmsKeyArn),
		Target: *in.Target, Token: wire.Value(in.ClientToken), Request: request,
	}
	policy := api.RetryPolicy{MaximumEventAgeInSeconds: new(int32(defaultAge)), MaximumRetryAttempts: new(int32(defaultRetries))}
	if p := in.Target.RetryPolicy; p != nil {
		policy.MaximumEventAgeInSeconds = new(wire.Or(p.MaximumEventAgeInSeconds, defaultAge))
		policy.MaximumRetryAttempts = new(wire.Or(p.MaximumRetryAttempts, defaultRetries))
	}
	sc.Target.RetryPolicy = &policy
	if err := sc.readWindow(in.FlexibleTimeWindow); err != nil {
		return sc, err
	}
	if err := sc.check(now); err != nil {
		return sc, err
	}
	return sc, s.checkTarget(&sc.Target)
}

// readWindow sets the flexible time window.
func (sc *record) readWindow(w *api.FlexibleTimeWindow) error {
	flexible := w.Mode == api.FlexibleTimeWindowModeFlexible
	switch {
	case flexible && w.MaximumWindowInMinutes == nil:
		return invalid("MaximumWindowInMinutes must be provided when FlexibleTimeWindow Mode is FLEXIBLE.")
	case !flexible && w.MaximumWindowInMinutes != nil:
		return invalid("MaximumWindowInMinutes must not be provided when FlexibleTimeWindow Mode is OFF.")
	case flexible:
		sc.Window = time.Duration(*w.MaximumWindowInMinutes) * time.Minute
	}
	return nil
}

// check holds what says when a schedule is due against the rules.
func (sc *record) check(now time.Time) error {
	expr, err := schedule.Parse(sc.Expression)
	if err != nil {
		return invalid("Invalid Schedule Expression %s.", sc.Expression)
	}
	if _, err := location(sc.Timezone); err != nil {
		return invalid("Invalid Schedule Expression Timezone %s.", sc.Timezone)
	}
	if expr.Kind() == schedule.At {
		return nil // start and end are ignored
	}
	switch {
	case !sc.Start.IsZero() && sc.Start.Before(now.Add(-maxStartAge)):
		return invalid("The StartDate you specify cannot be earlier than 5 minutes ago.")
	case !sc.End.IsZero() && !sc.End.After(now):
		return invalid("The EndDate you specify cannot be earlier than the current time.")
	case !sc.Start.IsZero() && !sc.End.IsZero() && !sc.End.After(sc.Start):
		return invalid("The EndDate must come after the StartDate.")
	}
	return nil
}
