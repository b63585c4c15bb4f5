package cloudwatch_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"maru.dev/maru/internal/testenv"
)

// High resolution lasts three hours, minutes fifteen days, and so on; what is
// gone is gone from the store, and a metric goes with the last of its data.
func TestDataExpireByThemselves(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	at := b.Now().Truncate(time.Hour)
	b.put(types.MetricDatum{MetricName: aws.String("m"), Value: aws.Float64(1), Timestamp: &at, StorageResolution: aws.Int32(1)})
	points := func(period int32) int {
		out, err := b.cw.GetMetricStatistics(t.Context(), &client.GetMetricStatisticsInput{
			Namespace: aws.String("n"), MetricName: aws.String("m"), Period: &period, Statistics: []types.Statistic{"Sum"}, StartTime: &at, EndTime: aws.Time(at.Add(time.Hour / 6)),
		})
		if err != nil {
			t.Fatal(err)
		}
		return len(out.Datapoints)
	}
	if points(1) != 1 || points(60) != 1 || points(3600) != 1 {
		t.Fatalf("%d, %d and %d points, want one each", points(1), points(60), points(3600))
	}
	for _, step := range []struct {
		after  time.Duration
		period int32
	}{{7 * time.Hour, 1}, {16 * 24 * time.Hour, 60}, {64 * 24 * time.Hour, 300}, {460 * 24 * time.Hour, 3600}} {
		b.Advance(step.after)
		testenv.Eventually(t, "data expire", func() bool { return points(step.period) == 0 })
	}
}
