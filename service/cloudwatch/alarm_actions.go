package cloudwatch

import (
	"context"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// EnableAlarmActions lets alarms act.
//
// Spec: CloudWatch API Reference, EnableAlarmActions.
func (s *Service) EnableAlarmActions(ctx context.Context, in *api.EnableAlarmActionsInput) (*api.EnableAlarmActionsOutput, error) {
	if err := s.setActions(ctx, in.AlarmNames, true); err != nil {
		return nil, err
	}
	return &api.EnableAlarmActionsOutput{}, nil
}

// DisableAlarmActions keeps alarms from acting.
//
// Spec: CloudWatch API Reference, DisableAlarmActions.
func (s *Service) DisableAlarmActions(ctx context.Context, in *api.DisableAlarmActionsInput) (*api.DisableAlarmActionsOutput, error) {
	if err := s.setActions(ctx, in.AlarmNames, false); err != nil {
		return nil, err
	}
	return &api.DisableAlarmActionsOutput{}, nil
}

// setActions says whether alarms act: a change of their configuration. Unknown
// names do not matter.
func (s *Service) setActions(ctx context.Context, names []string, on bool) error {
	h, now := homeOf(call.From(ctx)), s.Clock.Now()
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		for _, name := range names {
			a, ok, err := findAlarm(tx, h, name)
			if err != nil {
				return err
			}
			if !ok || a.Actions == on {
				continue
			}
			old := a
			a.Actions, a.Updated = on, now
			if err := kv.Put(tx, h.alarmKey(name), a); err != nil {
				return err
			}
			if err := s.reconfigured(tx, h, "update", &old, &a, now); err != nil {
				return err
			}
		}
		return nil
	})
}
