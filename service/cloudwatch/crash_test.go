package cloudwatch_test

import (
	"context"
	"crypto/rand"
	"testing"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service"
	"maru.dev/maru/service/cloudwatch"
	"maru.dev/maru/task"
	"maru.dev/maru/telemetry"
)

// offline is CloudWatch over a store, without a server.
func offline(st *kv.Store) *cloudwatch.Service {
	source := ids.New(rand.Reader)
	tasks := task.New(task.Options{Store: st, Clock: clock.System{}, IDs: source})
	return cloudwatch.New(service.Deps{Store: st, Tasks: tasks, Clock: clock.System{}, IDs: source})
}

// metricAlarm is an alarm on n/m.
func metricAlarm(name string) *api.PutMetricAlarmInput {
	return &api.PutMetricAlarmInput{
		AlarmName: name, Namespace: new("n"), MetricName: new("m"), Statistic: new("Sum"), Period: new(int32(60)), EvaluationPeriods: new(int32(1)),
		Threshold: new(1.0), ComparisonOperator: new("GreaterThanThreshold"), AlarmActions: []string{"arn:aws:sns:us-east-1:000000000000:t"},
	}
}

func TestMetricsSurviveCrashes(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(context.Background(), "http://127.0.0.1")
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		s := offline(st)
		for range 2 {
			h.Did(s.PutMetricData(ctx, &api.PutMetricDataInput{Namespace: "n", MetricData: []api.MetricDatum{
				{MetricName: "a", Value: new(1.0)}, {MetricName: "b", Values: []float64{1, 2}, StorageResolution: new(int32(1))},
			}}))
			m := telemetry.Metric{Namespace: "AWS/SQS", Name: "c", Unit: "Count"}
			h.Did(nil, s.Record(ctx, "000000000000", "us-east-1", []telemetry.Datum{{Metric: m, At: clock.System{}.Now(), Values: map[float64]float64{1: 2}}}))
		}
	})
}

func TestAlarmsSurviveCrashes(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(context.Background(), "http://127.0.0.1")
	arn := "arn:aws:cloudwatch:us-east-1:000000000000:alarm:a"
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		s := offline(st)
		h.Did(s.PutMetricAlarm(ctx, metricAlarm("a")))
		h.Did(s.SetAlarmState(ctx, &api.SetAlarmStateInput{AlarmName: "a", StateValue: "ALARM", StateReason: "r"}))
		h.Did(s.DisableAlarmActions(ctx, &api.DisableAlarmActionsInput{AlarmNames: []string{"a"}}))
		h.Did(s.EnableAlarmActions(ctx, &api.EnableAlarmActionsInput{AlarmNames: []string{"a"}}))
		h.Did(s.TagResource(ctx, &api.TagResourceInput{ResourceARN: arn, Tags: []api.Tag{{Key: "k", Value: "v"}}}))
		h.Did(s.UntagResource(ctx, &api.UntagResourceInput{ResourceARN: arn, TagKeys: []string{"k"}}))
		h.Did(s.DeleteAlarms(ctx, &api.DeleteAlarmsInput{AlarmNames: []string{"a"}}))
	})
}

// A composite alarm's links are there when it is, and only then.
func TestCompositeAlarmsSurviveCrashes(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(context.Background(), "http://127.0.0.1")
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		s := offline(st)
		h.Did(s.PutMetricAlarm(ctx, metricAlarm("a")))
		for _, rule := range []string{"ALARM(a)", "FALSE"} {
			h.Did(s.PutCompositeAlarm(ctx, &api.PutCompositeAlarmInput{AlarmName: "c", AlarmRule: rule}))
			h.Did(s.SetAlarmState(ctx, &api.SetAlarmStateInput{AlarmName: "a", StateValue: "ALARM", StateReason: "r"}))
		}
		h.Did(s.DeleteAlarms(ctx, &api.DeleteAlarmsInput{AlarmNames: []string{"c", "a"}}))
	})
}

func TestDashboardsAndDetectorsSurviveCrashes(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(context.Background(), "http://127.0.0.1")
	single := &api.SingleMetricAnomalyDetector{Namespace: new("n"), MetricName: new("m"), Stat: new("Sum")}
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		s := offline(st)
		h.Did(s.PutDashboard(ctx, &api.PutDashboardInput{DashboardName: "d", DashboardBody: `{"widgets":[]}`}))
		h.Did(s.PutAnomalyDetector(ctx, &api.PutAnomalyDetectorInput{SingleMetricAnomalyDetector: single}))
		h.Did(s.DeleteAnomalyDetector(ctx, &api.DeleteAnomalyDetectorInput{SingleMetricAnomalyDetector: single}))
		h.Did(s.DeleteDashboards(ctx, &api.DeleteDashboardsInput{DashboardNames: []string{"d"}}))
	})
}
