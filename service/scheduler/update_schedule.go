package scheduler

import (
	"context"

	api "maru.dev/maru/api/scheduler"
	"maru.dev/maru/kv"
)

// UpdateSchedule replaces a schedule: what the request leaves out goes back to
// its default. A rate whose expression, start and state stay the same keeps its
// pace; another one begins anew.
//
// Spec: EventBridge Scheduler API Reference, UpdateSchedule.
func (s *Service) UpdateSchedule(ctx context.Context, in *api.UpdateScheduleInput) (*api.UpdateScheduleOutput, error) {
	h, now := homeOf(ctx), s.now()
	same := api.CreateScheduleInput(*in)
	if in.StartDate != nil { // one that was valid may stay
		same.StartDate = nil
	}
	sc, err := s.read(&same, now)
	if err != nil {
		return nil, err
	}
	if err := checkRole(sc.Target.RoleArn, h.Account); err != nil {
		return nil, err
	}
	sc.Edition = s.IDs.Hex(16)
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		old, err := loadSchedule(tx, h, sc.Group, sc.Name)
		if err != nil {
			return err
		}
		if in.StartDate != nil {
			sc.Start = *in.StartDate
			if err := sc.check(now); err != nil && !sc.Start.Equal(old.Start) {
				return err
			}
		}
		sc.Created, sc.Modified, sc.Anchor = old.Created, now, now
		return s.replace(tx, h, &sc, &old)
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdateScheduleOutput{ScheduleArn: h.scheduleARN(sc.Group, sc.Name)}, nil
}

// replace stores a schedule in place of what it was. If it is due when it was,
// the task of its next time stays, so that a change of the target or of anything
// else costs it no time that is about to be met.
func (s *Service) replace(tx *kv.Tx, h home, sc, old *record) error {
	if old.Expression != sc.Expression || old.Timezone != sc.Timezone || !old.Start.Equal(sc.Start) || old.State != sc.State {
		return s.write(tx, h, sc, sc.Modified)
	}
	sc.Anchor = old.Anchor
	if old.End.Equal(sc.End) {
		sc.Edition, sc.Ended = old.Edition, old.Ended && sc.After == api.ActionAfterCompletionDelete
	} else if _, err := s.arm(tx, h, sc, sc.Modified); err != nil {
		return err
	}
	return kv.Put(tx, h.scheduleKey(sc.Group, sc.Name), *sc)
}
