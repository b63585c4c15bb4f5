package scheduler

import (
	"context"

	api "maru.dev/maru/api/scheduler"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// DeleteSchedule removes a schedule. What it has fired and not yet delivered is
// dropped at its next attempt.
//
// Spec: EventBridge Scheduler API Reference, DeleteSchedule.
func (s *Service) DeleteSchedule(ctx context.Context, in *api.DeleteScheduleInput) (*api.DeleteScheduleOutput, error) {
	h := homeOf(ctx)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		sc, err := loadSchedule(tx, h, wire.Or(in.GroupName, defaultGroup), in.Name)
		if err != nil {
			return err
		}
		return s.drop(tx, h, &sc)
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteScheduleOutput{}, nil
}

// drop removes a schedule and the task of its next time.
func (s *Service) drop(tx *kv.Tx, h home, sc *record) error {
	if err := s.Tasks.CancelKey(tx, fireKind, h.scheduleARN(sc.Group, sc.Name)); err != nil {
		return err
	}
	if err := tx.DeleteRange(kv.Prefix(h.key("p", sc.Group, sc.Name))); err != nil {
		return err
	}
	return tx.Delete(h.scheduleKey(sc.Group, sc.Name))
}
