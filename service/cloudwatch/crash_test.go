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
)

// offline is CloudWatch over a store, without a server.
func offline(st *kv.Store) *cloudwatch.Service {
	source := ids.New(rand.Reader)
	tasks := task.New(task.Options{Store: st, Clock: clock.System{}, IDs: source})
	return cloudwatch.New(service.Deps{Store: st, Tasks: tasks, Clock: clock.System{}, IDs: source})
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
		}
	})
}

func TestAlarmsSurviveCrashes(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(context.Background(), "http://127.0.0.1")
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		s := offline(st)
		h.Did(s.PutMetricAlarm(ctx, &api.PutMetricAlarmInput{
			AlarmName: "a", Namespace: new("n"), MetricName: new("m"), Statistic: new("Sum"), Period: new(int32(60)), EvaluationPeriods: new(int32(1)),
			Threshold: new(1.0), ComparisonOperator: new("GreaterThanThreshold"), AlarmActions: []string{"arn:aws:sns:us-east-1:000000000000:t"},
		}))
		h.Did(s.SetAlarmState(ctx, &api.SetAlarmStateInput{AlarmName: "a", StateValue: "ALARM", StateReason: "r"}))
		h.Did(s.DisableAlarmActions(ctx, &api.DisableAlarmActionsInput{AlarmNames: []string{"a"}}))
		h.Did(s.EnableAlarmActions(ctx, &api.EnableAlarmActionsInput{AlarmNames: []string{"a"}}))
		h.Did(s.DeleteAlarms(ctx, &api.DeleteAlarmsInput{AlarmNames: []string{"a"}}))
	})
}
