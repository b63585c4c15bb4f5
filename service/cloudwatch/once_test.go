package cloudwatch_test

import (
	"context"
	"testing"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/call"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

// samples is how many data of n/m there are.
func samples(ctx context.Context, t *testing.T, st *kv.Store) (n float64) {
	t.Helper()
	now := time.Now()
	out, err := offline(st).GetMetricStatistics(ctx, &api.GetMetricStatisticsInput{
		Namespace: "n", MetricName: "m", StartTime: now.Add(-time.Hour), EndTime: now.Add(time.Hour), Period: 3600, Statistics: []string{"SampleCount"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range out.Datapoints {
		n += *p.SampleCount
	}
	return n
}

// A call that is repeated under its name counts once, whatever crashes between.
func TestNamedPutMetricDataCountsOnce(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(context.Background(), "http://127.0.0.1")
	put := func(st *kv.Store, once string) error {
		info := call.From(ctx)
		info.Once = once
		_, err := offline(st).PutMetricData(call.With(ctx, info), &api.PutMetricDataInput{Namespace: "n", MetricData: []api.MetricDatum{{MetricName: "m", Value: new(1.0)}}})
		return err
	}
	kvtest.Crash(t, func(st *kv.Store, ack func()) {
		for _, once := range []string{"a", "a", "b"} {
			if err := put(st, once); err != nil {
				t.Fatal(err)
			}
			ack()
		}
	}, func(st *kv.Store, _ int) {
		for _, once := range []string{"a", "b", "a", "", ""} {
			if err := put(st, once); err != nil {
				t.Fatal(err)
			}
		}
		if n := samples(ctx, t, st); n != 4 {
			t.Errorf("%v samples", n)
		}
	})
}
