package cloudwatch

import (
	"context"
	"fmt"
	"slices"
	"strings"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

const (
	alarmsPage = 50
	maxRecords = 100
)

// DescribeAlarms lists alarms by name: metric alarms unless other types are
// asked for.
//
// Spec: CloudWatch API Reference, DescribeAlarms.
func (s *Service) DescribeAlarms(ctx context.Context, in *api.DescribeAlarmsInput) (*api.DescribeAlarmsOutput, error) {
	limit, err := checkDescribe(in)
	if err != nil {
		return nil, err
	}
	h := homeOf(call.From(ctx))
	r, err := page(kv.Prefix(h.key("a")), h.key("a"), in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeAlarmsOutput{MetricAlarms: []api.MetricAlarm{}, CompositeAlarms: []api.CompositeAlarm{}}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		wanted, narrow, err := selection(tx, h, in, r)
		if err != nil {
			return err
		}
		var last kv.Key
		for row, err := range kv.Scan[alarm](tx, narrow) {
			if err != nil {
				return fmt.Errorf("list alarms: %w", err)
			}
			if !wanted(&row.Value) {
				continue
			}
			if len(out.MetricAlarms)+len(out.CompositeAlarms) == limit {
				out.NextToken = service.RowToken(h.key("a"), last)
				return nil
			}
			tell(out, h, in, &row.Value)
			last = row.Key
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// checkDescribe refuses filters that exclude each other, and returns the size of
// a page.
func checkDescribe(in *api.DescribeAlarmsInput) (int, error) {
	others := len(in.AlarmNames) > 0 || in.AlarmNamePrefix != nil || len(in.AlarmTypes) > 0 || in.StateValue != nil || in.ActionPrefix != nil
	switch {
	case len(in.AlarmNames) > 0 && in.AlarmNamePrefix != nil:
		return 0, clash("AlarmNames and AlarmNamePrefix are mutually exclusive.")
	case len(in.AlarmNames) > maxRecords:
		return 0, unfit("The collection AlarmNames must not have a size greater than %d.", maxRecords)
	case in.ChildrenOfAlarmName != nil && (others || in.ParentsOfAlarmName != nil):
		return 0, unfit("ChildrenOfAlarmName cannot be used with other filters.")
	case in.ParentsOfAlarmName != nil && others:
		return 0, unfit("ParentsOfAlarmName cannot be used with other filters.")
	case in.MaxRecords == nil:
		return alarmsPage, nil
	case *in.MaxRecords < 1 || *in.MaxRecords > maxRecords:
		return 0, unfit("MaxRecords must be between 1 and %d.", maxRecords)
	}
	return int(*in.MaxRecords), nil
}

// selection is what a request asks for: a part of the alarms' rows, and which of
// those.
func selection(tx *kv.Tx, h home, in *api.DescribeAlarmsInput, r kv.Range) (func(*alarm) bool, kv.Range, error) {
	switch {
	case in.ChildrenOfAlarmName != nil:
		a, ok, err := findAlarm(tx, h, *in.ChildrenOfAlarmName)
		if err != nil || !ok || a.Composite == nil {
			return func(*alarm) bool { return false }, r, err
		}
		links := a.Composite.links()
		return func(a *alarm) bool { return links[a.name()].Rule }, r, nil
	case in.ParentsOfAlarmName != nil:
		parents, err := parentsOf(tx, h, *in.ParentsOfAlarmName)
		return func(a *alarm) bool { return slices.Contains(parents, a.name()) }, r, err
	case len(in.AlarmNames) > 0:
		// A few names are a small part of many alarms.
		if first := h.alarmKey(slices.Min(in.AlarmNames)); string(first) > string(r.From) {
			r.From = first
		}
		r.To = h.alarmKey(slices.Max(in.AlarmNames)).With(false)
	}
	types := in.AlarmTypes
	if len(types) == 0 {
		types = []string{api.AlarmTypeMetricAlarm}
	}
	return func(a *alarm) bool { return slices.Contains(types, a.kind()) && matches(in, a) }, r, nil
}

// matches says whether an alarm meets the filters.
func matches(in *api.DescribeAlarmsInput, a *alarm) bool {
	c := &a.Config
	return (len(in.AlarmNames) == 0 || slices.Contains(in.AlarmNames, c.AlarmName)) &&
		strings.HasPrefix(c.AlarmName, wire.Value(in.AlarmNamePrefix)) &&
		(in.StateValue == nil || *in.StateValue == a.State) &&
		(in.ActionPrefix == nil || slices.ContainsFunc(slices.Concat(c.OKActions, c.AlarmActions, c.InsufficientDataActions), func(action string) bool {
			return strings.HasPrefix(action, *in.ActionPrefix)
		}))
}

// tell adds an alarm to a reply: of children and parents only what they are
// called and how they are.
func tell(out *api.DescribeAlarmsOutput, h home, in *api.DescribeAlarmsInput, a *alarm) {
	arn := h.alarmARN(a.name())
	switch {
	case in.ParentsOfAlarmName != nil:
		out.CompositeAlarms = append(out.CompositeAlarms, api.CompositeAlarm{AlarmName: &a.Config.AlarmName, AlarmArn: &arn})
	case in.ChildrenOfAlarmName != nil && a.Composite != nil:
		out.CompositeAlarms = append(out.CompositeAlarms, api.CompositeAlarm{AlarmName: &a.Config.AlarmName, AlarmArn: &arn, StateValue: &a.State, StateUpdatedTimestamp: &a.Changed})
	case in.ChildrenOfAlarmName != nil:
		out.MetricAlarms = append(out.MetricAlarms, api.MetricAlarm{AlarmName: &a.Config.AlarmName, AlarmArn: &arn, StateValue: &a.State, StateUpdatedTimestamp: &a.Changed})
	case a.Composite != nil:
		out.CompositeAlarms = append(out.CompositeAlarms, a.describedComposite(h))
	default:
		out.MetricAlarms = append(out.MetricAlarms, a.described(h))
	}
}
