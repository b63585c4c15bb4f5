package cloudwatch

import (
	"context"
	"fmt"
	"slices"
	"strings"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// DescribeAlarms lists metric alarms by name.
//
// Spec: CloudWatch API Reference, DescribeAlarms.
func (s *Service) DescribeAlarms(ctx context.Context, in *api.DescribeAlarmsInput) (*api.DescribeAlarmsOutput, error) {
	if len(in.AlarmNames) > 0 && in.AlarmNamePrefix != nil {
		return nil, clash("AlarmNames and AlarmNamePrefix are mutually exclusive.")
	}
	out := &api.DescribeAlarmsOutput{MetricAlarms: []api.MetricAlarm{}, CompositeAlarms: []api.CompositeAlarm{}}
	if len(in.AlarmTypes) > 0 && !slices.Contains(in.AlarmTypes, api.AlarmTypeMetricAlarm) {
		return out, nil
	}
	h := homeOf(call.From(ctx))
	r, err := page(kv.Prefix(h.key("a")), h.key("a"), in.NextToken)
	if err != nil {
		return nil, err
	}
	limit := 50
	if in.MaxRecords != nil {
		limit = int(*in.MaxRecords)
	}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		var last kv.Key
		for row, err := range kv.Scan[alarm](tx, r) {
			if err != nil {
				return fmt.Errorf("list alarms: %w", err)
			}
			if !wanted(in, &row.Value) {
				continue
			}
			if len(out.MetricAlarms) == limit {
				out.NextToken = pageToken(last)
				return nil
			}
			out.MetricAlarms, last = append(out.MetricAlarms, row.Value.described(h)), row.Key
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// wanted says whether a request asks for an alarm.
func wanted(in *api.DescribeAlarmsInput, a *alarm) bool {
	c := &a.Config
	return (len(in.AlarmNames) == 0 || slices.Contains(in.AlarmNames, c.AlarmName)) &&
		strings.HasPrefix(c.AlarmName, text(in.AlarmNamePrefix)) &&
		(in.StateValue == nil || *in.StateValue == a.State) &&
		(in.ActionPrefix == nil || slices.ContainsFunc(slices.Concat(c.OKActions, c.AlarmActions, c.InsufficientDataActions), func(action string) bool {
			return strings.HasPrefix(action, *in.ActionPrefix)
		})) && in.ChildrenOfAlarmName == nil && in.ParentsOfAlarmName == nil
}
