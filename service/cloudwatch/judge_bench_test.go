package cloudwatch

import (
	"context"
	"fmt"
	"testing"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/kv"
)

// BenchmarkEvaluate evaluates a hundred alarms, on a metric and on metric math,
// whose metrics have had data for an hour and for a day: it must make no odds.
func BenchmarkEvaluate(b *testing.B) {
	for _, minutes := range []int{60, 24 * 60} {
		b.Run(fmt.Sprintf("minutes=%d", minutes), func(b *testing.B) {
			ctx := context.Background()
			st, err := kv.Open(ctx, kv.Options{Memory: true})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = st.Close() })
			h, now := home{"000000000000", "us-east-1"}, time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
			alarms := watchedAlarms(b, st, h, now, minutes)
			for b.Loop() {
				for i := range alarms {
					err := st.View(ctx, func(tx *kv.Tx) error {
						_, err := alarms[i].judge(tx, h, now, now)
						return err
					})
					if err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(len(alarms)), "µs/alarm")
		})
	}
}

// watchedAlarms are a hundred alarms on ten metrics that have data.
func watchedAlarms(b *testing.B, st *kv.Store, h home, now time.Time, minutes int) []alarm {
	b.Helper()
	for m := range minutes {
		batch := newBatch(h)
		for i := range 10 {
			data := &bucket{}
			data.add(float64(m), 1)
			batch.add(newMetricID("n", fmt.Sprintf("m%d", i), nil), now.Add(-time.Duration(m)*time.Minute), "None", data, standardLengths())
		}
		err := st.Update(context.Background(), func(tx *kv.Tx) error {
			for key, data := range batch.slots {
				if err := kv.Put(tx, kv.Key(key), *data); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	alarms := make([]alarm, 100)
	for i := range alarms {
		c := api.PutMetricAlarmInput{AlarmName: fmt.Sprint(i), EvaluationPeriods: new(int32(3)), Threshold: new(1.0), ComparisonOperator: new(api.ComparisonOperatorGreaterThanThreshold)}
		metric := fmt.Sprintf("m%d", i%10)
		if i%2 == 0 {
			c.Namespace, c.MetricName, c.Statistic, c.Period = new("n"), &metric, new("Sum"), new(int32(60))
		} else {
			c.Metrics = []api.MetricDataQuery{
				{Id: "m1", ReturnData: new(false), MetricStat: &api.MetricStat{Metric: &api.Metric{Namespace: new("n"), MetricName: &metric}, Period: 60, Stat: "Sum"}},
				{Id: "e1", Expression: new("FILL(m1, 0) * 2")},
			}
		}
		alarms[i].Config = c
	}
	return alarms
}
