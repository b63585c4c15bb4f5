package cloudwatch

import (
	"context"
	"strings"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/cloudwatch/rule"
	"maru.dev/maru/wire"
)

// PutCompositeAlarm creates an alarm on the states of others, or replaces its
// configuration: its state and its tags stay. It is evaluated at once, and
// whenever one of the others changes.
//
// Spec: CloudWatch API Reference, PutCompositeAlarm.
func (s *Service) PutCompositeAlarm(ctx context.Context, in *api.PutCompositeAlarmInput) (*api.PutCompositeAlarmOutput, error) {
	c, err := checkComposite(in)
	if err != nil {
		return nil, err
	}
	config := api.PutMetricAlarmInput{
		AlarmName: in.AlarmName, AlarmDescription: in.AlarmDescription, ActionsEnabled: in.ActionsEnabled,
		OKActions: in.OKActions, AlarmActions: in.AlarmActions, InsufficientDataActions: in.InsufficientDataActions, Tags: in.Tags,
	}
	h, now, version := homeOf(call.From(ctx)), s.Clock.Now(), s.IDs.UUID()
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		var absent []string
		for child := range c.links() {
			_, ok, err := findAlarm(tx, h, child)
			if err != nil {
				return err
			}
			if !ok && child != in.AlarmName {
				absent = append(absent, child)
			}
		}
		if len(absent) > 0 {
			return unfit("Could not save the composite alarm as alarms [%s] in the alarm rule do not exist", strings.Join(ordered(absent), ", "))
		}
		kept := *c
		return s.putAlarm(tx, h, config, &kept, version, now)
	})
	if err != nil {
		return nil, err
	}
	return &api.PutCompositeAlarmOutput{}, nil
}

// checkComposite refuses alarms that cannot be evaluated.
func checkComposite(in *api.PutCompositeAlarmInput) (*composite, error) {
	if in.AlarmName == "" || len(in.AlarmName) > 255 {
		return nil, unfit("The parameter AlarmName must have 1 to 255 characters.")
	}
	if _, err := rule.Parse(in.AlarmRule); err != nil {
		return nil, unfit("%s", err.Error())
	}
	if err := checkActions(true, in.OKActions, in.AlarmActions, in.InsufficientDataActions); err != nil {
		return nil, err
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	c := &composite{Rule: in.AlarmRule, Suppressor: wire.Value(in.ActionsSuppressor), Acted: api.StateValueInsufficientData}
	given := in.ActionsSuppressorWaitPeriod != nil || in.ActionsSuppressorExtensionPeriod != nil
	switch {
	case c.Suppressor == "" && given:
		return nil, unfit("ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod require ActionsSuppressor.")
	case c.Suppressor == "":
		return c, nil
	case in.ActionsSuppressorWaitPeriod == nil || in.ActionsSuppressorExtensionPeriod == nil:
		return nil, unfit("ActionsSuppressor requires ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod.")
	case *in.ActionsSuppressorWaitPeriod < 0 || *in.ActionsSuppressorExtensionPeriod < 0:
		return nil, unfit("ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod must not be negative.")
	case alarmName(c.Suppressor) == in.AlarmName:
		return nil, unfit("An alarm cannot suppress its own actions.")
	}
	c.Wait = time.Duration(*in.ActionsSuppressorWaitPeriod) * time.Second
	c.Extension = time.Duration(*in.ActionsSuppressorExtensionPeriod) * time.Second
	return c, nil
}
