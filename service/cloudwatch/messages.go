package cloudwatch

import (
	"encoding/json"
	"strings"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/wire"
)

// notification is the message that a topic gets, in the order of AWS's fields.
type notification struct {
	AlarmName                          string
	AlarmDescription                   *string
	AWSAccountID                       string `json:"AWSAccountId"`
	AlarmConfigurationUpdatedTimestamp string
	NewStateValue                      string
	NewStateReason                     string
	StateChangeTime                    string
	Region                             string
	AlarmArn                           string
	OldStateValue                      string
	OKActions                          []string
	AlarmActions                       []string
	InsufficientDataActions            []string
	AlarmRule                          *string         `json:",omitempty"`
	TriggeringChildren                 json.RawMessage `json:",omitempty"`
	Trigger                            *trigger        `json:",omitempty"`
}

// trigger is the alarm's condition in a notification.
type trigger struct {
	MetricName                       string             `json:",omitempty"`
	Namespace                        string             `json:",omitempty"`
	StatisticType                    string             `json:",omitempty"`
	Statistic                        string             `json:",omitempty"`
	ExtendedStatistic                string             `json:",omitempty"`
	Unit                             json.RawMessage    `json:",omitempty"` // null where a metric has none
	Dimensions                       []triggerDimension `json:",omitzero"`
	Period                           int32
	EvaluationPeriods                int32
	DatapointsToAlarm                *int32 `json:",omitempty"`
	ComparisonOperator               string
	Threshold                        *float64 `json:",omitempty"`
	ThresholdMetricID                string   `json:"ThresholdMetricId,omitempty"`
	TreatMissingData                 string
	EvaluateLowSampleCountPercentile string
	Metrics                          []triggerMetric `json:",omitempty"`
}

// triggerMetric is a query in a notification.
type triggerMetric struct {
	Expression *string      `json:",omitempty"`
	ID         string       `json:"Id"`
	Label      *string      `json:",omitempty"`
	MetricStat *triggerStat `json:",omitempty"`
	Period     *int32       `json:",omitempty"`
	ReturnData bool
}

// triggerStat is a metric's statistic in a notification.
type triggerStat struct {
	Metric struct {
		Dimensions []triggerDimension
		MetricName string
		Namespace  string
	}
	Period int32
	Stat   string
	Unit   *string `json:",omitempty"`
}

// triggerDimension is a dimension in a notification.
type triggerDimension struct {
	Value string `json:"value"`
	Name  string `json:"name"`
}

// message is what a topic is told of a change.
func (a *alarm) message(h home, old *alarm) notification {
	c := &a.Config
	n := notification{
		AlarmName: c.AlarmName, AlarmDescription: c.AlarmDescription, AWSAccountID: h.Account,
		AlarmConfigurationUpdatedTimestamp: a.Updated.UTC().Format(stamp), NewStateValue: a.State, NewStateReason: a.Reason,
		StateChangeTime: a.Changed.UTC().Format(stamp), Region: regionName(h.Region), AlarmArn: h.alarmARN(c.AlarmName), OldStateValue: old.State,
		OKActions: list(c.OKActions), AlarmActions: list(c.AlarmActions), InsufficientDataActions: list(c.InsufficientDataActions),
	}
	if a.Composite == nil {
		n.Trigger = a.trigger()
		return n
	}
	n.AlarmRule = &a.Composite.Rule
	n.TriggeringChildren = a.triggeringChildren()
	return n
}

// triggeringChildren are the alarms that made a composite alarm change, as its
// reason has them, in the spelling of notifications.
func (a *alarm) triggeringChildren() json.RawMessage {
	var data struct {
		TriggeringAlarms []struct {
			ARN   string `json:"arn"`
			State struct {
				Value     string `json:"value"`
				Timestamp string `json:"timestamp"`
			} `json:"state"`
		} `json:"triggeringAlarms"`
	}
	out := []any{}
	if err := json.Unmarshal([]byte(a.ReasonData), &data); err == nil {
		for _, t := range data.TriggeringAlarms {
			out = append(out, map[string]any{"Arn": t.ARN, "State": map[string]any{"Value": t.State.Value, "Timestamp": t.State.Timestamp}})
		}
	}
	return json.RawMessage(mustJSON(out))
}

// trigger is a metric alarm's condition.
func (a *alarm) trigger() *trigger {
	c := &a.Config
	t := &trigger{
		Period: int32(a.period() / time.Second), EvaluationPeriods: *c.EvaluationPeriods, DatapointsToAlarm: c.DatapointsToAlarm,
		ComparisonOperator: *c.ComparisonOperator, Threshold: c.Threshold, ThresholdMetricID: wire.Value(c.ThresholdMetricId),
		TreatMissingData: a.missing(), EvaluateLowSampleCountPercentile: wire.Value(c.EvaluateLowSampleCountPercentile),
	}
	for _, q := range c.Metrics {
		m := triggerMetric{Expression: q.Expression, ID: q.Id, Label: q.Label, Period: q.Period, ReturnData: q.ReturnData == nil || *q.ReturnData}
		if q.MetricStat != nil {
			m.MetricStat = &triggerStat{Period: q.MetricStat.Period, Stat: q.MetricStat.Stat, Unit: q.MetricStat.Unit}
			m.MetricStat.Metric.Dimensions = triggerDimensions(q.MetricStat.Metric.Dimensions)
			m.MetricStat.Metric.MetricName, m.MetricStat.Metric.Namespace = wire.Value(q.MetricStat.Metric.MetricName), wire.Value(q.MetricStat.Metric.Namespace)
		}
		t.Metrics = append(t.Metrics, m)
	}
	if len(c.Metrics) > 0 {
		return t
	}
	t.MetricName, t.Namespace, t.StatisticType, t.Statistic = *c.MetricName, *c.Namespace, "Statistic", snake(wire.Value(c.Statistic))
	t.Unit, t.Dimensions = json.RawMessage(mustJSON(c.Unit)), triggerDimensions(c.Dimensions)
	if c.ExtendedStatistic != nil {
		t.StatisticType, t.ExtendedStatistic = "ExtendedStatistic", *c.ExtendedStatistic
	}
	return t
}

// triggerDimensions are dimensions in a notification.
func triggerDimensions(dims []api.Dimension) []triggerDimension {
	out := []triggerDimension{}
	for _, d := range dims {
		out = append(out, triggerDimension{d.Value, d.Name})
	}
	return out
}

// snake is a statistic's name in notifications: SAMPLE_COUNT.
func snake(name string) string {
	if name == "SampleCount" {
		return "SAMPLE_COUNT"
	}
	return strings.ToUpper(name)
}

// historyState is a state in the data of a history record.
func historyState(a *alarm) map[string]any {
	m := map[string]any{"stateValue": a.State, "stateReason": a.Reason}
	if a.ReasonData != "" && json.Valid([]byte(a.ReasonData)) {
		m["stateReasonData"] = json.RawMessage(a.ReasonData)
	}
	return m
}

// eventState is a state in events.
func eventState(a *alarm) map[string]any {
	m := map[string]any{"value": a.State, "reason": a.Reason, "timestamp": a.Changed.UTC().Format(stamp)}
	if a.ReasonData != "" {
		m["reasonData"] = a.ReasonData
	}
	return m
}

// alarmData is what events and functions are told of a change.
func (a *alarm) alarmData(old *alarm) map[string]any {
	configuration := make(map[string]any)
	state := eventState(a)
	if a.Composite != nil {
		a.Composite.tell(configuration)
		if a.Composite.SuppressedBy != "" {
			state["actionsSuppressedBy"], state["actionsSuppressedReason"] = a.Composite.SuppressedBy, a.Composite.SuppressedReason
		}
	} else {
		configuration["metrics"] = a.eventMetrics()
	}
	set(configuration, "description", a.Config.AlarmDescription)
	return map[string]any{"alarmName": a.name(), "state": state, "previousState": eventState(old), "configuration": configuration}
}

// regionName is a region as notifications name it.
func regionName(region string) string {
	switch region {
	case "us-east-1":
		return "US East (N. Virginia)"
	case "us-east-2":
		return "US East (Ohio)"
	case "us-west-1":
		return "US West (N. California)"
	case "us-west-2":
		return "US West (Oregon)"
	case "eu-west-1":
		return "EU (Ireland)"
	case "eu-central-1":
		return "EU (Frankfurt)"
	case "ap-northeast-1":
		return "Asia Pacific (Tokyo)"
	}
	return region
}
