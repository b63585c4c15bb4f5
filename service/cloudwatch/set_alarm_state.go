package cloudwatch

import (
	"context"
	"encoding/json"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// SetAlarmState puts an alarm into a state until it is evaluated next; a
// composite alarm is when one of its children changes.
//
// Spec: CloudWatch API Reference, SetAlarmState.
func (s *Service) SetAlarmState(ctx context.Context, in *api.SetAlarmStateInput) (*api.SetAlarmStateOutput, error) {
	switch in.StateValue {
	case api.StateValueOk, api.StateValueAlarm, api.StateValueInsufficientData:
	default:
		return nil, unfit("1 validation error detected: Value '%s' at 'stateValue' failed to satisfy constraint: Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]", in.StateValue)
	}
	if in.StateReasonData != nil && *in.StateReasonData != "" && !json.Valid([]byte(*in.StateReasonData)) {
		return nil, &api.InvalidFormatFault{Message: "StateReasonData is not valid JSON"}
	}
	h, now := homeOf(call.From(ctx)), s.Clock.Now()
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		a, ok, err := findAlarm(tx, h, in.AlarmName)
		if err != nil {
			return err
		}
		if !ok {
			return &api.ResourceNotFound{Message: "Alarm " + in.AlarmName + " does not exist"}
		}
		return s.transition(tx, h, &a, verdict{in.StateValue, in.StateReason, wire.Value(in.StateReasonData)}, now)
	})
	if err != nil {
		return nil, err
	}
	return &api.SetAlarmStateOutput{}, nil
}
