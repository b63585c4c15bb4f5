package cloudwatch

import (
	"fmt"
	"strings"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// alarm is the row of an alarm.
type alarm struct {
	// Config is without tags. A composite alarm has in it what all alarms have:
	// name, description and actions.
	Config       api.PutMetricAlarmInput
	Composite    *composite `cbor:",omitempty"` // nil for a metric alarm
	Version      string     // of the configuration; tasks of another one do nothing
	Updated      time.Time
	Actions      bool
	State        string
	Reason       string
	ReasonData   string
	Changed      time.Time // when the state was last set
	Transitioned time.Time // when the state last became another
	Evaluation   string    `cbor:",omitempty"` // what is wrong with the evaluation, if anything is
	Tags         map[string]string

	// before is what the alarm was before the change that is under way.
	before *alarm
}

// name is the alarm's name.
func (a *alarm) name() string { return a.Config.AlarmName }

// kind is the alarm's type.
func (a *alarm) kind() string {
	if a.Composite != nil {
		return api.AlarmTypeCompositeAlarm
	}
	return api.AlarmTypeMetricAlarm
}

// findAlarm reads an alarm, if it is there.
func findAlarm(tx *kv.Tx, h home, name string) (alarm, bool, error) {
	a, ok, err := kv.Get[alarm](tx, h.alarmKey(name))
	if err != nil {
		return a, false, fmt.Errorf("load alarm: %w", err)
	}
	return a, ok, nil
}

// alarmName is the name of an alarm that is referred to by name or ARN.
func alarmName(ref string) string {
	if strings.HasPrefix(ref, "arn:") {
		if parts := strings.SplitN(ref, ":", 7); len(parts) == 7 {
			return parts[6]
		}
	}
	return ref
}

// needed is M of the alarm's M out of N data points.
func (a *alarm) needed() int {
	if a.Config.DatapointsToAlarm != nil {
		return int(*a.Config.DatapointsToAlarm)
	}
	return int(*a.Config.EvaluationPeriods)
}

// stat is the name of the alarm's statistic; an alarm on metric math has none.
func (a *alarm) stat() string {
	return wire.Value(a.Config.Statistic) + wire.Value(a.Config.ExtendedStatistic)
}

// period is the length of the alarm's data points.
func (a *alarm) period() time.Duration {
	if a.Config.Period != nil {
		return time.Duration(*a.Config.Period) * time.Second
	}
	return mathPeriod(a.Config.Metrics)
}

// mathPeriod is the period of an alarm on metric math: that of its metrics.
func mathPeriod(queries []api.MetricDataQuery) time.Duration {
	for _, q := range queries {
		switch {
		case q.MetricStat != nil:
			return time.Duration(q.MetricStat.Period) * time.Second
		case q.Period != nil:
			return time.Duration(*q.Period) * time.Second
		}
	}
	return defaultPeriod * time.Second
}

// missing is how the alarm treats missing data.
func (a *alarm) missing() string {
	switch {
	case wire.Value(a.Config.Namespace) == "AWS/DynamoDB":
		return "ignore"
	case a.Config.TreatMissingData != nil:
		return *a.Config.TreatMissingData
	}
	return "missing"
}

// described is a metric alarm as DescribeAlarms tells it.
func (a *alarm) described(h home) api.MetricAlarm {
	c := &a.Config
	m := api.MetricAlarm{
		AlarmName: &c.AlarmName, AlarmArn: new(h.alarmARN(c.AlarmName)), AlarmDescription: c.AlarmDescription,
		AlarmConfigurationUpdatedTimestamp: &a.Updated, ActionsEnabled: &a.Actions,
		OKActions: list(c.OKActions), AlarmActions: list(c.AlarmActions), InsufficientDataActions: list(c.InsufficientDataActions),
		StateValue: &a.State, StateReason: &a.Reason, StateUpdatedTimestamp: &a.Changed, StateTransitionedTimestamp: &a.Transitioned,
		MetricName: c.MetricName, Namespace: c.Namespace, Statistic: c.Statistic, ExtendedStatistic: c.ExtendedStatistic,
		Dimensions: c.Dimensions, Period: c.Period, Unit: c.Unit, EvaluationPeriods: c.EvaluationPeriods,
		DatapointsToAlarm: c.DatapointsToAlarm, Threshold: c.Threshold, ComparisonOperator: c.ComparisonOperator,
		TreatMissingData: c.TreatMissingData, EvaluateLowSampleCountPercentile: c.EvaluateLowSampleCountPercentile,
		Metrics: c.Metrics, ThresholdMetricId: c.ThresholdMetricId,
	}
	if m.Dimensions == nil {
		m.Dimensions = []api.Dimension{}
	}
	if a.ReasonData != "" {
		m.StateReasonData = &a.ReasonData
	}
	if a.Evaluation != "" {
		m.EvaluationState = &a.Evaluation
	}
	return m
}

// list is a list that is told even when it is empty.
func list(all []string) []string {
	if all == nil {
		return []string{}
	}
	return all
}
