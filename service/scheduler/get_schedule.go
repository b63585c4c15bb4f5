package scheduler

import (
	"context"
	"time"

	api "maru.dev/maru/api/scheduler"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// GetSchedule returns a schedule.
//
// Spec: EventBridge Scheduler API Reference, GetSchedule.
func (s *Service) GetSchedule(ctx context.Context, in *api.GetScheduleInput) (*api.GetScheduleOutput, error) {
	h := homeOf(ctx)
	var sc record
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		sc, err = loadSchedule(tx, h, wire.Or(in.GroupName, defaultGroup), in.Name)
		return err
	})
	if err != nil {
		return nil, err
	}
	window := &api.FlexibleTimeWindow{Mode: api.FlexibleTimeWindowModeOff}
	if sc.Window > 0 {
		window.Mode, window.MaximumWindowInMinutes = api.FlexibleTimeWindowModeFlexible, new(int32(sc.Window/time.Minute))
	}
	return &api.GetScheduleOutput{
		Arn: new(h.scheduleARN(sc.Group, sc.Name)), GroupName: &sc.Group, Name: &sc.Name, Description: wire.Optional(sc.Description),
		ScheduleExpression: &sc.Expression, ScheduleExpressionTimezone: &sc.Timezone,
		StartDate: optionalTime(sc.Start), EndDate: optionalTime(sc.End), State: &sc.State, FlexibleTimeWindow: window,
		ActionAfterCompletion: &sc.After, KmsKeyArn: wire.Optional(sc.KMSKey), Target: &sc.Target,
		CreationDate: &sc.Created, LastModificationDate: &sc.Modified,
	}, nil
}
