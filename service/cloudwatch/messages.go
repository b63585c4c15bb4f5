package cloudwatch

import (
	"encoding/json"
	"strings"
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
	Trigger                            trigger
}

// trigger is the alarm's condition in a notification.
type trigger struct {
	MetricName                       string
	Namespace                        string
	StatisticType                    string
	Statistic                        string `json:",omitempty"`
	ExtendedStatistic                string `json:",omitempty"`
	Unit                             *string
	Dimensions                       []triggerDimension
	Period                           int32
	EvaluationPeriods                int32
	DatapointsToAlarm                *int32 `json:",omitempty"`
	ComparisonOperator               string
	Threshold                        float64
	TreatMissingData                 string
	EvaluateLowSampleCountPercentile string
}

// triggerDimension is a dimension in a notification.
type triggerDimension struct {
	Value string `json:"value"`
	Name  string `json:"name"`
}

// message is what a topic is told of a change.
func (a *alarm) message(h home, old *alarm) notification {
	c := &a.Config
	t := trigger{
		MetricName: *c.MetricName, Namespace: *c.Namespace, StatisticType: "Statistic", Statistic: snake(text(c.Statistic)),
		Unit: c.Unit, Dimensions: []triggerDimension{}, Period: *c.Period, EvaluationPeriods: *c.EvaluationPeriods,
		DatapointsToAlarm: c.DatapointsToAlarm, ComparisonOperator: *c.ComparisonOperator, Threshold: *c.Threshold, TreatMissingData: a.missing(),
	}
	if c.ExtendedStatistic != nil {
		t.StatisticType, t.ExtendedStatistic = "ExtendedStatistic", *c.ExtendedStatistic
	}
	for _, d := range c.Dimensions {
		t.Dimensions = append(t.Dimensions, triggerDimension{d.Value, d.Name})
	}
	return notification{
		c.AlarmName, c.AlarmDescription, h.Account, a.Updated.UTC().Format(stamp), a.State, a.Reason, a.Changed.UTC().Format(stamp),
		regionName(h.Region), h.alarmARN(c.AlarmName), old.State, list(c.OKActions), list(c.AlarmActions), list(c.InsufficientDataActions), t,
	}
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
	c := &a.Config
	dims := make(map[string]string)
	for _, d := range c.Dimensions {
		dims[d.Name] = d.Value
	}
	configuration := map[string]any{"metrics": []any{map[string]any{
		"id": "m1", "returnData": true,
		"metricStat": map[string]any{
			"metric": map[string]any{"namespace": *c.Namespace, "name": *c.MetricName, "dimensions": dims},
			"period": *c.Period, "stat": a.stat(),
		},
	}}}
	if c.AlarmDescription != nil {
		configuration["description"] = *c.AlarmDescription
	}
	return map[string]any{"alarmName": c.AlarmName, "state": eventState(a), "previousState": eventState(old), "configuration": configuration}
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
