package cloudwatch_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/internal/testenv"
)

// math makes an alarm one on queries, as ask reads them.
func (b *bench) math(in *client.PutMetricAlarmInput, queries ...string) {
	in.Namespace, in.MetricName, in.Statistic, in.Period = nil, nil, "", nil
	for _, text := range queries {
		q := types.MetricDataQuery{}
		if rest, ok := strings.CutPrefix(text, "-"); ok {
			text, q.ReturnData = rest, aws.Bool(false)
		}
		b.query(&q, text)
		in.Metrics = append(in.Metrics, q)
	}
}

func TestAlarmOnMetricMathGoesOffByItself(t *testing.T) {
	t.Parallel()
	b := newStill(t)
	b.alarm(func(in *client.PutMetricAlarmInput) {
		b.math(in, "-m1 errors", "-m2 calls", "e1 = m1 / m2 * 100")
		in.TreatMissingData = aws.String("notBreaching")
	})
	b.eventually("OK")
	b.minutes("errors", "", b.Now(), 20)
	b.minutes("calls", "", b.Now(), 100)
	b.Advance(time.Minute)
	b.eventually("ALARM")
	out, err := b.cw.DescribeAlarms(t.Context(), &client.DescribeAlarmsInput{AlarmNames: []string{"a"}})
	if err != nil {
		t.Fatal(err)
	}
	a := out.MetricAlarms[0]
	if len(a.Metrics) != 3 || a.MetricName != nil || !strings.Contains(*a.StateReason, "[20.0 (") {
		t.Errorf("got %+v", a)
	}
	var data struct {
		Threshold        float64
		RecentDatapoints []float64
	}
	if err := json.Unmarshal([]byte(*a.StateReasonData), &data); err != nil || data.Threshold != 5 || !cmp.Equal(data.RecentDatapoints, []float64{20}) {
		t.Errorf("data %s (%v)", *a.StateReasonData, err)
	}
	b.Advance(10 * time.Minute)
	b.eventually("OK")
}

func TestAlarmOnABandGoesOffByItself(t *testing.T) {
	t.Parallel()
	b := newStill(t)
	at := b.Now().Truncate(time.Minute)
	b.minutes("m", "", at.Add(-24*time.Hour), 9, 11, 9, 11, 9, 11)
	b.minutes("m", "", at.Add(-3*time.Minute), 10, 10, 10, 50)
	b.alarm(func(in *client.PutMetricAlarmInput) {
		b.math(in, "m1 m", "ad = ANOMALY_DETECTION_BAND(m1, 2)")
		in.Threshold, in.ThresholdMetricId, in.ComparisonOperator = nil, aws.String("ad"), types.ComparisonOperatorLessThanLowerOrGreaterThanUpperThreshold
	})
	b.eventually("OK")
	b.Advance(time.Minute)
	b.eventually("ALARM")
	out, err := b.cw.DescribeAlarms(t.Context(), &client.DescribeAlarmsInput{AlarmNames: []string{"a"}})
	if err != nil || !strings.Contains(*out.MetricAlarms[0].StateReason, "greater than the upper thresholds [12") {
		t.Errorf("got %+v (%v)", out, err)
	}
}

func TestAlarmsNeedMOfN(t *testing.T) {
	t.Parallel()
	b := newStill(t)
	b.alarm(func(in *client.PutMetricAlarmInput) {
		in.EvaluationPeriods, in.DatapointsToAlarm, in.TreatMissingData = aws.Int32(3), aws.Int32(2), aws.String("notBreaching")
	})
	b.eventually("OK")
	b.minutes("m", "", b.Now(), 9, 1, 9)
	b.Advance(2 * time.Minute)
	b.eventually("OK")
	b.Advance(time.Minute)
	b.eventually("ALARM")
	b.Advance(5 * time.Minute)
	b.eventually("OK")
}

func TestAlarmOnAPercentileOfFewIgnoresThem(t *testing.T) {
	t.Parallel()
	for how, want := range map[string]types.StateValue{"evaluate": "ALARM", "ignore": "INSUFFICIENT_DATA"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			b := newStill(t)
			b.minutes("m", "", b.Now().Add(-time.Minute), 9)
			b.alarm(func(in *client.PutMetricAlarmInput) {
				in.Statistic, in.ExtendedStatistic, in.EvaluateLowSampleCountPercentile = "", aws.String("p90"), &how
			})
			b.eventually(want)
			b.Advance(time.Second)
			b.eventually(want)
		})
	}
}

func TestMetricAlarmsAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	tests := map[string]struct {
		how  func(in *client.PutMetricAlarmInput)
		want string
	}{
		"two results": {func(in *client.PutMetricAlarmInput) { b.math(in, "m1 a", "e1 = m1*2") }, "Exactly one element of the metrics list should return data."},
		"search":      {func(in *client.PutMetricAlarmInput) { b.math(in, "e1 = SUM(SEARCH('{a}', 'Sum', 60))") }, "SEARCH is not supported on Metric Alarms."},
		"many series": {func(in *client.PutMetricAlarmInput) { b.math(in, "-m1 a", "-m2 b", "e1 = [m1, m2]*2") }, "must return a single time series"},
		"scalar":      {func(in *client.PutMetricAlarmInput) { b.math(in, "-m1 a", "e1 = SUM(m1)") }, "must return a time series"},
		"both":        {func(in *client.PutMetricAlarmInput) { b.math(in, "m1 a"); in.MetricName = aws.String("m") }, "Metrics cannot be used with MetricName"},
		"no band": {func(in *client.PutMetricAlarmInput) {
			b.math(in, "m1 a")
			in.Threshold, in.ThresholdMetricId, in.ComparisonOperator = nil, aws.String("x"), "GreaterThanUpperThreshold"
		}, "ThresholdMetricId parameter"},
		"more than a day": {func(in *client.PutMetricAlarmInput) { in.EvaluationPeriods = aws.Int32(1441) }, "(EvaluationPeriods * Period must be <= 86400)"},
		"action": {func(in *client.PutMetricAlarmInput) {
			in.AlarmActions = []string{"arn:aws:sqs:us-east-1:000000000000:q"}
		}, "Invalid arn syntax"},
		"M beyond N":  {func(in *client.PutMetricAlarmInput) { in.DatapointsToAlarm = aws.Int32(2) }, "DatapointsToAlarm"},
		"low samples": {func(in *client.PutMetricAlarmInput) { in.EvaluateLowSampleCountPercentile = aws.String("ignore") }, "percentile"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := &client.PutMetricAlarmInput{
				AlarmName: aws.String("r"), Namespace: aws.String("n"), MetricName: aws.String("m"), Statistic: types.StatisticSum,
				Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(5), ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold,
			}
			tt.how(in)
			_, err := b.cw.PutMetricAlarm(t.Context(), in)
			if testenv.ErrorCode(err) != "ValidationError" || !strings.Contains(testenv.ErrorMessage(err), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

// The history tells what was changed, by whom an action failed, and is forgotten
// after thirty days.
func TestHistoryTellsChangesAndFailedActions(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	put := func(threshold float64) {
		b.alarm(func(in *client.PutMetricAlarmInput) {
			in.Threshold, in.TreatMissingData = &threshold, aws.String("ignore")
			in.AlarmActions = []string{"arn:aws:automate:us-east-1:ec2:stop"}
		})
	}
	put(5)
	put(7)
	b.set("a", "ALARM")
	read := func(kind types.HistoryItemType) []types.AlarmHistoryItem {
		out, err := b.cw.DescribeAlarmHistory(t.Context(), &client.DescribeAlarmHistoryInput{AlarmName: aws.String("a"), HistoryItemType: kind})
		if err != nil {
			t.Fatal(err)
		}
		return out.AlarmHistoryItems
	}
	items := read("ConfigurationUpdate")
	if len(items) != 2 || *items[0].HistorySummary != `Alarm "a" updated` || *items[1].HistorySummary != `Alarm "a" created` {
		t.Fatalf("got %+v", items)
	}
	var data struct {
		Type                  string
		UpdatedAlarm          struct{ Threshold float64 }
		OriginalUpdatedFields struct{ Threshold float64 }
	}
	if err := json.Unmarshal([]byte(*items[0].HistoryData), &data); err != nil || data.Type != "Update" || data.UpdatedAlarm.Threshold != 7 || data.OriginalUpdatedFields.Threshold != 5 {
		t.Errorf("data %s (%v)", *items[0].HistoryData, err)
	}
	actions := read("Action")
	if len(actions) != 1 || *actions[0].HistorySummary != "Failed to execute action arn:aws:automate:us-east-1:ec2:stop" {
		t.Errorf("got %+v", actions)
	}
	b.Advance(31 * 24 * time.Hour)
	if items := read("ConfigurationUpdate"); len(items) != 0 {
		t.Errorf("%d records after 31 days", len(items))
	}
}

func TestDescribeAlarmsForMetricFindsItsAlarms(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.alarm(func(*client.PutMetricAlarmInput) {})
	b.alarm(func(in *client.PutMetricAlarmInput) {
		in.AlarmName, in.Dimensions = aws.String("d"), []types.Dimension{{Name: aws.String("k"), Value: aws.String("v")}}
	})
	b.alarm(func(in *client.PutMetricAlarmInput) { in.AlarmName = aws.String("e"); b.math(in, "m1 m") })
	for _, tt := range []struct {
		in   client.DescribeAlarmsForMetricInput
		want string
	}{
		{client.DescribeAlarmsForMetricInput{}, "a"},
		{client.DescribeAlarmsForMetricInput{Dimensions: []types.Dimension{{Name: aws.String("k"), Value: aws.String("v")}}}, "d"},
		{client.DescribeAlarmsForMetricInput{Statistic: "Average"}, ""},
		{client.DescribeAlarmsForMetricInput{Period: aws.Int32(60), Statistic: "Sum"}, "a"},
	} {
		tt.in.Namespace, tt.in.MetricName = aws.String("n"), aws.String("m")
		out, err := b.cw.DescribeAlarmsForMetric(t.Context(), &tt.in)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, a := range out.MetricAlarms {
			got += *a.AlarmName
		}
		if got != tt.want {
			t.Errorf("%+v: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestAlarmsHaveTags(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.alarm(func(in *client.PutMetricAlarmInput) {
		in.Tags = []types.Tag{{Key: aws.String("a"), Value: aws.String("1")}}
	})
	arn := aws.String("arn:aws:cloudwatch:us-east-1:000000000000:alarm:a")
	if _, err := b.cw.TagResource(t.Context(), &client.TagResourceInput{ResourceARN: arn, Tags: []types.Tag{{Key: aws.String("b"), Value: aws.String("2")}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.cw.UntagResource(t.Context(), &client.UntagResourceInput{ResourceARN: arn, TagKeys: []string{"a"}}); err != nil {
		t.Fatal(err)
	}
	out, err := b.cw.ListTagsForResource(t.Context(), &client.ListTagsForResourceInput{ResourceARN: arn})
	if err != nil || len(out.Tags) != 1 || *out.Tags[0].Key != "b" {
		t.Errorf("got %+v (%v)", out, err)
	}
	_, err = b.cw.ListTagsForResource(t.Context(), &client.ListTagsForResourceInput{ResourceARN: aws.String("arn:aws:cloudwatch:us-east-1:000000000000:alarm:nope")})
	if testenv.ErrorCode(err) != "ResourceNotFoundException" {
		t.Errorf("error %v, want ResourceNotFoundException", err)
	}
}
