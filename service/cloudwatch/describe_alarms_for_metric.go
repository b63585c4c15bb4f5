package cloudwatch

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// DescribeAlarmsForMetric lists the alarms on a metric; those on metric math and
// composite ones are not among them.
//
// Spec: CloudWatch API Reference, DescribeAlarmsForMetric.
func (s *Service) DescribeAlarmsForMetric(ctx context.Context, in *api.DescribeAlarmsForMetricInput) (*api.DescribeAlarmsForMetricOutput, error) {
	if in.Statistic != nil && in.ExtendedStatistic != nil {
		return nil, unfit("Statistic and ExtendedStatistic are mutually exclusive.")
	}
	h := homeOf(call.From(ctx))
	id := newMetricID(in.Namespace, in.MetricName, in.Dimensions)
	out := &api.DescribeAlarmsForMetricOutput{MetricAlarms: []api.MetricAlarm{}}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		for row, err := range kv.Scan[alarm](tx, kv.Prefix(h.key("a"))) {
			if err != nil {
				return fmt.Errorf("list alarms: %w", err)
			}
			if row.Value.on(id) && row.Value.asIn(in) {
				out.MetricAlarms = append(out.MetricAlarms, row.Value.described(h))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// on says whether the alarm is on a metric.
func (a *alarm) on(id metricID) bool {
	c := &a.Config
	return c.MetricName != nil && *c.MetricName == id.Name && *c.Namespace == id.Namespace &&
		newMetricID("", "", c.Dimensions).dimensions() == id.dimensions()
}

// asIn says whether the alarm has the statistic, period and unit of a request.
func (a *alarm) asIn(in *api.DescribeAlarmsForMetricInput) bool {
	c := &a.Config
	same := func(want, have *string) bool { return want == nil || have != nil && *want == *have }
	return same(in.Statistic, c.Statistic) && same(in.ExtendedStatistic, c.ExtendedStatistic) && same(in.Unit, c.Unit) &&
		(in.Period == nil || *in.Period == *c.Period)
}
