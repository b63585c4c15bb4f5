package cloudwatch

import (
	"context"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// DeleteAlarms deletes alarms; those that do not exist do not matter.
//
// Spec: CloudWatch API Reference, DeleteAlarms.
func (s *Service) DeleteAlarms(ctx context.Context, in *api.DeleteAlarmsInput) (*api.DeleteAlarmsOutput, error) {
	h, now := homeOf(call.From(ctx)), s.Clock.Now()
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		for _, name := range in.AlarmNames {
			_, ok, err := kv.Get[alarm](tx, h.alarmKey(name))
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			if err := tx.Delete(h.alarmKey(name)); err != nil {
				return err
			}
			if err := s.Tasks.CancelKey(tx, evaluateKind, h.alarmARN(name)); err != nil {
				return err
			}
			if err := note(tx, h, name, record{now, api.HistoryItemTypeConfigurationUpdate, `Alarm "` + name + `" deleted`, "{}"}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteAlarmsOutput{}, nil
}

// SetAlarmState puts an alarm into a state until it is evaluated next.
//
// Spec: CloudWatch API Reference, SetAlarmState.
func (s *Service) SetAlarmState(ctx context.Context, in *api.SetAlarmStateInput) (*api.SetAlarmStateOutput, error) {
	switch in.StateValue {
	case api.StateValueOk, api.StateValueAlarm, api.StateValueInsufficientData:
	default:
		return nil, invalid("The value %s for parameter StateValue is invalid.", in.StateValue)
	}
	h, now := homeOf(call.From(ctx)), s.Clock.Now()
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		a, err := loadAlarm(tx, h, in.AlarmName)
		if err != nil {
			return err
		}
		return s.transition(tx, h, &a, verdict{in.StateValue, in.StateReason, text(in.StateReasonData)}, now)
	})
	if err != nil {
		return nil, err
	}
	return &api.SetAlarmStateOutput{}, nil
}

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

// setActions says whether alarms act. Unknown names do not matter.
func (s *Service) setActions(ctx context.Context, names []string, on bool) error {
	h := homeOf(call.From(ctx))
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		for _, name := range names {
			a, ok, err := kv.Get[alarm](tx, h.alarmKey(name))
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			a.Actions = on
			if err := kv.Put(tx, h.alarmKey(name), a); err != nil {
				return err
			}
		}
		return nil
	})
}
