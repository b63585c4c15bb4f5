package cloudwatch_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/cloudwatch"
)

// bench is a server with CloudWatch and its client.
type bench struct {
	*testenv.Env
	t  *testing.T
	cw *client.Client
}

func newBench(t *testing.T) *bench {
	t.Helper()
	env := testenv.New(t, cloudwatch.Registration())
	return &bench{env, t, env.CloudWatch()}
}

// newStill is a bench beside other services whose clock stands still amid an hour and a
// minute, until it is moved: what an alarm comes to in a minute stays until the
// test has seen it, and what belongs to a minute is in it.
func newStill(t *testing.T, others ...service.Registration) *bench {
	t.Helper()
	amid := clock.NewFake(clock.System{}.Now().Truncate(time.Hour).Add(30*time.Minute + 30*time.Second))
	env := testenv.NewWith(t, testenv.Options{Clock: amid}, append(others, cloudwatch.Registration())...)
	return &bench{env, t, env.CloudWatch()}
}

func (b *bench) put(data ...types.MetricDatum) {
	b.t.Helper()
	_, err := b.cw.PutMetricData(b.t.Context(), &client.PutMetricDataInput{Namespace: aws.String("n"), MetricData: data})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) statistics(stats []types.Statistic, extended ...string) []types.Datapoint {
	b.t.Helper()
	now := b.Now()
	out, err := b.cw.GetMetricStatistics(b.t.Context(), &client.GetMetricStatisticsInput{
		Namespace: aws.String("n"), MetricName: aws.String("m"), Period: aws.Int32(3600), Statistics: stats, ExtendedStatistics: extended,
		StartTime: aws.Time(now.Add(-time.Hour)), EndTime: aws.Time(now.Add(time.Hour)),
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return out.Datapoints
}

func TestStatisticsAreOfAllDataOfAPeriod(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var values, counts []float64
	for i := range 100 {
		values, counts = append(values, float64(i+1)), append(counts, 2)
	}
	b.put(types.MetricDatum{MetricName: aws.String("m"), Values: values, Counts: counts, Unit: types.StandardUnitCount})
	got := b.statistics([]types.Statistic{"Sum", "Average", "Minimum", "Maximum", "SampleCount"}, "p90", "tm50", "PR(:50)")
	if len(got) != 1 {
		t.Fatalf("got %d points, want 1", len(got))
	}
	d := got[0]
	if *d.Sum != 10100 || *d.Average != 50.5 || *d.Minimum != 1 || *d.Maximum != 100 || *d.SampleCount != 200 || d.Unit != "Count" {
		t.Errorf("got %+v", d)
	}
	for name, want := range map[string]float64{"p90": 90, "tm50": 25.5, "PR(:50)": 50} {
		if v := d.ExtendedStatistics[name]; math.Abs(v-want) > 0.02*want {
			t.Errorf("%s is %v, want about %v", name, v, want)
		}
	}
}

func TestStatisticSetsHaveNoPercentiles(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.put(types.MetricDatum{MetricName: aws.String("m"), StatisticValues: &types.StatisticSet{SampleCount: aws.Float64(2), Sum: aws.Float64(3), Minimum: aws.Float64(1), Maximum: aws.Float64(2)}})
	got := b.statistics([]types.Statistic{"Sum"}, "p50")
	if len(got) != 1 || *got[0].Sum != 3 || len(got[0].ExtendedStatistics) != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestGetMetricDataReturnsHighResolution(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	at := b.Now().Truncate(time.Minute).Add(-time.Minute)
	for i := range 3 {
		b.put(types.MetricDatum{MetricName: aws.String("m"), Value: aws.Float64(float64(i)), Timestamp: aws.Time(at.Add(time.Duration(i) * time.Second)), StorageResolution: aws.Int32(1)})
	}
	out, err := b.cw.GetMetricData(t.Context(), &client.GetMetricDataInput{
		StartTime: aws.Time(at), EndTime: aws.Time(at.Add(time.Minute)), ScanBy: types.ScanByTimestampAscending,
		MetricDataQueries: []types.MetricDataQuery{{Id: aws.String("q"), MetricStat: &types.MetricStat{
			Metric: &types.Metric{Namespace: aws.String("n"), MetricName: aws.String("m")}, Period: aws.Int32(1), Stat: aws.String("Sum"),
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if r := out.MetricDataResults[0]; len(r.Values) != 3 || r.Values[2] != 2 || !r.Timestamps[1].Equal(at.Add(time.Second)) {
		t.Errorf("got %+v", r)
	}
}

func TestListMetricsFiltersByDimension(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	dims := []types.Dimension{{Name: aws.String("b"), Value: aws.String("2")}, {Name: aws.String("a"), Value: aws.String("1")}}
	b.put(types.MetricDatum{MetricName: aws.String("m"), Value: aws.Float64(1)}, types.MetricDatum{MetricName: aws.String("m"), Value: aws.Float64(1), Dimensions: dims})
	out, err := b.cw.ListMetrics(t.Context(), &client.ListMetricsInput{Dimensions: []types.DimensionFilter{{Name: aws.String("a")}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Metrics) != 1 || len(out.Metrics[0].Dimensions) != 2 {
		t.Errorf("got %+v", out.Metrics)
	}
}

// The beginning and the end of days are times as others are.
func TestStatisticsOfAllTime(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.put(types.MetricDatum{MetricName: aws.String("m"), Value: aws.Float64(1)}, types.MetricDatum{MetricName: aws.String("m"), Value: aws.Float64(2)})
	ask := func(period int32) (*client.GetMetricStatisticsOutput, error) {
		return b.cw.GetMetricStatistics(t.Context(), &client.GetMetricStatisticsInput{
			Namespace: aws.String("n"), MetricName: aws.String("m"), Period: &period, Statistics: []types.Statistic{types.StatisticSum},
			StartTime: aws.Time(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)), EndTime: aws.Time(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)),
		})
	}
	for _, period := range []int32{1, 60, 3600} {
		if _, err := ask(period); testenv.ErrorCode(err) != "InvalidParameterCombination" {
			t.Errorf("periods of %d: %v", period, err)
		}
	}
	const longest = math.MaxInt32 / 3600 * 3600
	if out, err := ask(longest); err != nil || len(out.Datapoints) != 1 || *out.Datapoints[0].Sum != 3 || b.Now().Sub(*out.Datapoints[0].Timestamp) > longest*time.Second {
		t.Errorf("periods of %d: %+v, %v", longest, out, err)
	}
}

// The longest dimensions there may be are more than a key holds.
func TestMetricsMayHaveLongDimensions(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, n := range []int{250, 450, 1024} {
		name, dims := fmt.Sprint("m", n), []types.Dimension{}
		for i := range 30 {
			dims = append(dims, types.Dimension{Name: aws.String(fmt.Sprintf("d%02d", i)), Value: aws.String(strings.Repeat("x", n))})
		}
		b.put(types.MetricDatum{MetricName: &name, Value: aws.Float64(1), Dimensions: dims})
		b.put(types.MetricDatum{MetricName: &name, Value: aws.Float64(2), Dimensions: dims[1:]})
		out, err := b.cw.ListMetrics(t.Context(), &client.ListMetricsInput{MetricName: &name, Dimensions: []types.DimensionFilter{{Name: aws.String("d00"), Value: dims[0].Value}}})
		if err != nil || len(out.Metrics) != 1 || len(out.Metrics[0].Dimensions) != 30 || *out.Metrics[0].Dimensions[29].Value != *dims[29].Value {
			t.Errorf("30 dimensions of %d: %v metrics, %v", n, len(out.Metrics), err)
		}
		detector := &types.SingleMetricAnomalyDetector{Namespace: aws.String("n"), MetricName: &name, Dimensions: dims, Stat: aws.String("Sum")}
		if _, err := b.cw.PutAnomalyDetector(t.Context(), &client.PutAnomalyDetectorInput{SingleMetricAnomalyDetector: detector}); err != nil {
			t.Errorf("a detector of 30 dimensions of %d: %v", n, err)
		}
		if _, err := b.cw.DeleteAnomalyDetector(t.Context(), &client.DeleteAnomalyDetectorInput{SingleMetricAnomalyDetector: detector}); err != nil {
			t.Errorf("a detector of 30 dimensions of %d is not deleted: %v", n, err)
		}
	}
}

func TestPutMetricDataRefuses(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	tests := map[string]struct {
		datum types.MetricDatum
		want  string
	}{
		"no value":   {types.MetricDatum{}, "MissingParameter"},
		"NaN":        {types.MetricDatum{Value: aws.Float64(math.NaN())}, "InvalidParameterValue"},
		"too old":    {types.MetricDatum{Value: aws.Float64(1), Timestamp: aws.Time(b.Now().Add(-15 * 24 * time.Hour))}, "InvalidParameterValue"},
		"future":     {types.MetricDatum{Value: aws.Float64(1), Timestamp: aws.Time(b.Now().Add(3 * time.Hour))}, "InvalidParameterValue"},
		"two values": {types.MetricDatum{Value: aws.Float64(1), Values: []float64{1}}, "InvalidParameterCombination"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.datum.MetricName = aws.String("m")
			_, err := b.cw.PutMetricData(t.Context(), &client.PutMetricDataInput{Namespace: aws.String("n"), MetricData: []types.MetricDatum{tt.datum}})
			if got := testenv.ErrorCode(err); got != tt.want {
				t.Errorf("error %q (%v), want %q", got, err, tt.want)
			}
		})
	}
}
