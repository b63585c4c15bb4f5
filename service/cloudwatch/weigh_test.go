package cloudwatch

import (
	"strings"
	"testing"

	api "maru.dev/maru/api/cloudwatch"
)

// samplesOf reads "0 - X - X", oldest first: 0 is within the threshold, X beyond.
func samplesOf(text string, n int) []sample {
	fields := strings.Fields(text)
	var out []sample
	for i := len(fields) - 1; i >= 0 && len(out) < n; i-- {
		if fields[i] != "-" {
			s := sample{age: len(fields) - i}
			if fields[i] == "X" {
				s.value = 9
			}
			out = append(out, s)
		}
	}
	return out
}

// The tables of "How alarm state is evaluated when data is missing".
func TestMissingDataAreTreatedAsDocumented(t *testing.T) {
	t.Parallel()
	const alarmed, ok, unknown, kept = api.StateValueAlarm, api.StateValueOk, api.StateValueInsufficientData, "kept"
	tests := []struct {
		points                                   string
		needed                                   int32
		missing, ignore, breaching, notBreaching string
	}{
		{"0 - X - X", 3, ok, ok, ok, ok},
		{"0 - - - -", 3, ok, ok, ok, ok},
		{"- - - - -", 3, unknown, kept, alarmed, ok},
		{"0 X X - X", 3, alarmed, alarmed, alarmed, alarmed},
		{"- - X - -", 3, alarmed, kept, alarmed, ok},
		{"- - - - X", 3, unknown, kept, alarmed, ok},
		{"X - - - -", 3, alarmed, kept, alarmed, ok},
		{"0 - X - X", 2, alarmed, alarmed, alarmed, alarmed},
		{"0 0 X 0 X", 2, alarmed, alarmed, alarmed, alarmed},
		{"0 - X - -", 2, ok, ok, alarmed, ok},
		{"- - - - 0", 2, ok, ok, alarmed, ok},
		{"- - - X -", 2, alarmed, kept, alarmed, ok},
	}
	for _, tt := range tests {
		for how, want := range map[string]string{"missing": tt.missing, "ignore": tt.ignore, "breaching": tt.breaching, "notBreaching": tt.notBreaching} {
			a := &alarm{State: kept, Config: api.PutMetricAlarmInput{
				EvaluationPeriods: new(int32(3)), DatapointsToAlarm: &tt.needed, Threshold: new(5.0),
				ComparisonOperator: new(api.ComparisonOperatorGreaterThanThreshold), TreatMissingData: &how,
			}}
			if got := a.weigh(samplesOf(tt.points, 3)); got != want {
				t.Errorf("%s, %d of 3, %s: %s, want %s", tt.points, tt.needed, how, got, want)
			}
		}
	}
}

// A percentile tells nothing of fewer than ten values beyond it.
func TestLowSampleCounts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		stat  string
		count float64
		want  bool
	}{{"p99", 999, true}, {"p99", 1000, false}, {"p50", 19, true}, {"p50", 20, false}, {"p10", 99, true}, {"p10", 100, false}} {
		a := &alarm{Config: api.PutMetricAlarmInput{ExtendedStatistic: &tt.stat, EvaluateLowSampleCountPercentile: new("ignore")}}
		if got := a.tooFew([]sample{{count: tt.count / 2}, {count: tt.count / 2}}); got != tt.want {
			t.Errorf("%s of %v: %v, want %v", tt.stat, tt.count, got, tt.want)
		}
	}
}

func TestReasonsAreInCloudWatchsWords(t *testing.T) {
	t.Parallel()
	config := api.PutMetricAlarmInput{EvaluationPeriods: new(int32(1)), Threshold: new(5.0), ComparisonOperator: new(api.ComparisonOperatorGreaterThanThreshold)}
	a := &alarm{Config: config}
	for want, got := range map[string]string{
		"Threshold Crossed: 1 out of the last 1 datapoint [9.0 (01/01/01 00:00:00)] was greater than the threshold (5.0) (minimum 1 datapoint for OK -> ALARM transition).":     a.reason("ALARM", []sample{{value: 9}}),
		"Threshold Crossed: 1 out of the last 1 datapoint [0.5 (01/01/01 00:00:00)] was not greater than the threshold (5.0) (minimum 1 datapoint for ALARM -> OK transition).": a.reason("OK", []sample{{value: 0.5}}),
		"Insufficient Data: 1 datapoint was unknown.": a.reason("INSUFFICIENT_DATA", nil),
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	a.Config.Threshold, a.Config.ComparisonOperator = nil, new(api.ComparisonOperatorLessThanLowerOrGreaterThanUpperThreshold)
	want := "Thresholds Crossed: 1 out of the last 1 datapoint [9.0 (01/01/01 00:00:00)] was less than the lower thresholds [1.0] or greater than the upper thresholds [2.0] (minimum 1 datapoint for OK -> ALARM transition)."
	if got := a.reason("ALARM", []sample{{value: 9, low: 1, high: 2}}); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
