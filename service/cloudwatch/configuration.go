package cloudwatch

import (
	"reflect"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// configuration is an alarm in the data of its history.
func (a *alarm) configuration(h home) map[string]any {
	c := &a.Config
	m := map[string]any{
		"alarmName": c.AlarmName, "alarmArn": h.alarmARN(c.AlarmName), "actionsEnabled": a.Actions,
		"okActions": list(c.OKActions), "alarmActions": list(c.AlarmActions), "insufficientDataActions": list(c.InsufficientDataActions),
		"alarmConfigurationUpdatedTimestamp": a.Updated.UTC().Format(stamp), "stateUpdatedTimestamp": a.Changed.UTC().Format(stamp), "stateValue": a.State,
	}
	set(m, "alarmDescription", c.AlarmDescription)
	if k := a.Composite; k != nil {
		m["alarmRule"] = k.Rule
		if k.Suppressor != "" {
			m["actionsSuppressor"], m["actionsSuppressorWaitPeriod"], m["actionsSuppressorExtensionPeriod"] = k.Suppressor, int(k.Wait/time.Second), int(k.Extension/time.Second)
		}
		return m
	}
	a.condition(m)
	if len(c.Metrics) > 0 {
		m["metrics"] = metricList(c.Metrics)
		return m
	}
	m["dimensions"] = dimensionList(c.Dimensions)
	set(m, "metricName", c.MetricName)
	set(m, "namespace", c.Namespace)
	set(m, "statistic", c.Statistic)
	set(m, "extendedStatistic", c.ExtendedStatistic)
	set(m, "period", c.Period)
	set(m, "unit", c.Unit)
	return m
}

// condition adds what the data points of a metric alarm are held against.
func (a *alarm) condition(m map[string]any) {
	c := &a.Config
	set(m, "evaluationPeriods", c.EvaluationPeriods)
	set(m, "datapointsToAlarm", c.DatapointsToAlarm)
	set(m, "comparisonOperator", c.ComparisonOperator)
	set(m, "threshold", c.Threshold)
	set(m, "thresholdMetricId", c.ThresholdMetricId)
	set(m, "treatMissingData", c.TreatMissingData)
	set(m, "evaluateLowSampleCountPercentile", c.EvaluateLowSampleCountPercentile)
}

// set adds an optional value.
func set[T any](m map[string]any, name string, v *T) {
	if v != nil {
		m[name] = *v
	}
}

// dimensionList are dimensions in history.
func dimensionList(dims []api.Dimension) []any {
	out := []any{}
	for _, d := range dims {
		out = append(out, map[string]any{"name": d.Name, "value": d.Value})
	}
	return out
}

// metricList are queries in events and history.
func metricList(queries []api.MetricDataQuery) []any {
	out := []any{}
	for _, q := range queries {
		m := map[string]any{"id": q.Id, "returnData": q.ReturnData == nil || *q.ReturnData}
		set(m, "expression", q.Expression)
		set(m, "label", q.Label)
		set(m, "period", q.Period)
		if q.MetricStat != nil {
			m["metricStat"] = metricStat(wire.Value(q.MetricStat.Metric.Namespace), wire.Value(q.MetricStat.Metric.MetricName), q.MetricStat.Metric.Dimensions, q.MetricStat.Period, q.MetricStat.Stat, q.MetricStat.Unit)
		}
		out = append(out, m)
	}
	return out
}

// metricStat is a metric's statistic in events.
func metricStat(namespace, name string, dims []api.Dimension, period int32, stat string, unit *string) map[string]any {
	named := make(map[string]string)
	for _, d := range dims {
		named[d.Name] = d.Value
	}
	m := map[string]any{
		"metric": map[string]any{"namespace": namespace, "name": name, "dimensions": named},
		"period": period, "stat": stat,
	}
	set(m, "unit", unit)
	return m
}

// eventMetrics are what a metric alarm watches, in events.
func (a *alarm) eventMetrics() []any {
	c := &a.Config
	if len(c.Metrics) > 0 {
		return metricList(c.Metrics)
	}
	return []any{map[string]any{"id": "m1", "returnData": true, "metricStat": metricStat(*c.Namespace, *c.MetricName, c.Dimensions, *c.Period, a.stat(), c.Unit)}}
}

// eventConfiguration is an alarm's configuration in the events of its changes.
func (a *alarm) eventConfiguration() map[string]any {
	c := &a.Config
	m := map[string]any{
		"alarmName": c.AlarmName, "actionsEnabled": a.Actions, "timestamp": a.Updated.UTC().Format(stamp),
		"okActions": list(c.OKActions), "alarmActions": list(c.AlarmActions), "insufficientDataActions": list(c.InsufficientDataActions),
	}
	set(m, "description", c.AlarmDescription)
	if a.Composite != nil {
		a.Composite.tell(m)
		return m
	}
	a.condition(m)
	m["metrics"] = a.eventMetrics()
	return m
}

// tell adds what a composite alarm has beyond others.
func (c *composite) tell(m map[string]any) {
	m["alarmRule"] = c.Rule
	if c.Suppressor != "" {
		m["actionsSuppressor"], m["actionsSuppressorWaitPeriod"], m["actionsSuppressorExtensionPeriod"] = c.Suppressor, int(c.Wait/time.Second), int(c.Extension/time.Second)
	}
}

// emitConfiguration tells the event bus of an alarm's new configuration.
func (s *Service) emitConfiguration(tx *kv.Tx, h home, operation string, old, a *alarm, now time.Time) error {
	detail := map[string]any{"alarmName": a.name(), "operation": operation, "state": eventState(a), "configuration": a.eventConfiguration()}
	if operation == "update" {
		detail["previousConfiguration"] = old.eventConfiguration()
	}
	return s.Emit(tx, service.Event{
		Account: h.Account, Region: h.Region, Source: "aws.cloudwatch", DetailType: "CloudWatch Alarm Configuration Change",
		Resources: []string{h.alarmARN(a.name())}, Detail: detail, Time: now,
	})
}

// differing are the old values of what is no longer the same.
func differing(old, now map[string]any) map[string]any {
	out := make(map[string]any)
	for name, v := range old {
		if !reflect.DeepEqual(v, now[name]) {
			out[name] = v
		}
	}
	return out
}
