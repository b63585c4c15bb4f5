package cloudwatch

import (
	"fmt"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/kv"
)

// alarm is the row of a metric alarm.
type alarm struct {
	Config       api.PutMetricAlarmInput // without its tags
	Version      string                  // of the configuration; tasks of another one do nothing
	Updated      time.Time
	Actions      bool
	State        string
	Reason       string
	ReasonData   string
	Changed      time.Time // when the state was last set
	Transitioned time.Time // when the state last became another
	Tags         map[string]string
}

// loadAlarm reads an alarm; one that is not there is an error.
func loadAlarm(tx *kv.Tx, h home, name string) (alarm, error) {
	a, ok, err := kv.Get[alarm](tx, h.alarmKey(name))
	if err != nil {
		return a, fmt.Errorf("load alarm: %w", err)
	}
	if !ok {
		return a, &api.ResourceNotFound{Message: "Alarm " + name + " does not exist"}
	}
	return a, nil
}

// needed is M of the alarm's M out of N data points.
func (a *alarm) needed() int {
	if a.Config.DatapointsToAlarm != nil {
		return int(*a.Config.DatapointsToAlarm)
	}
	return int(*a.Config.EvaluationPeriods)
}

// stat is the name of the alarm's statistic.
func (a *alarm) stat() string { return text(a.Config.Statistic) + text(a.Config.ExtendedStatistic) }

// missing is how the alarm treats missing data.
func (a *alarm) missing() string {
	if a.Config.TreatMissingData != nil {
		return *a.Config.TreatMissingData
	}
	return "missing"
}

// described is the alarm as DescribeAlarms tells it.
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
	}
	if m.Dimensions == nil {
		m.Dimensions = []api.Dimension{}
	}
	if a.ReasonData != "" {
		m.StateReasonData = &a.ReasonData
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
