package cloudwatch_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/cloudwatch"
	"maru.dev/maru/task"
	"maru.dev/maru/telemetry"
)

// stored is CloudWatch over a store on disk, at a time that the benchmark moves.
func stored(b *testing.B) (*cloudwatch.Service, *clock.Fake, context.Context) {
	b.Helper()
	ctx := testenv.Context(context.Background(), "http://127.0.0.1")
	st, err := kv.Open(ctx, kv.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = st.Close() })
	now := clock.NewFake(time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC))
	source := ids.New(rand.Reader)
	tasks := task.New(task.Options{Store: st, Clock: now, IDs: source})
	return cloudwatch.New(service.Deps{Store: st, Tasks: tasks, Clock: now, IDs: source}), now, ctx
}

// BenchmarkPutMetricData is a request of a thousand data of as many metrics a
// second, over the minutes of a day: what an hour has seen must not matter.
func BenchmarkPutMetricData(b *testing.B) {
	s, now, ctx := stored(b)
	in := &api.PutMetricDataInput{Namespace: "n"}
	for i := range 1000 {
		in.MetricData = append(in.MetricData, api.MetricDatum{MetricName: fmt.Sprintf("m%d", i), Value: new(float64(i)), Dimensions: []api.Dimension{{Name: "k", Value: "v"}}})
	}
	for b.Loop() {
		if _, err := s.PutMetricData(ctx, in); err != nil {
			b.Fatal(err)
		}
		now.Advance(time.Second)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "µs/datum")
}

// BenchmarkRecord is what the platform's own metrics cost: three thousand series
// every five seconds.
func BenchmarkRecord(b *testing.B) {
	s, now, ctx := stored(b)
	var data []telemetry.Datum
	for i := range 3000 {
		m := telemetry.Metric{Namespace: "AWS/SQS", Name: fmt.Sprintf("m%d", i%10), Unit: "Count", Dimensions: []telemetry.Dimension{{Name: "QueueName", Value: fmt.Sprint(i / 10)}}}
		data = append(data, telemetry.Datum{Metric: m, Values: map[float64]float64{1: 9, 2: 3}})
	}
	for b.Loop() {
		for i := range data {
			data[i].At = now.Now()
		}
		if err := s.Record(ctx, "000000000000", "us-east-1", data); err != nil {
			b.Fatal(err)
		}
		now.Advance(5 * time.Second)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/3000, "µs/series")
}
