package cloudwatch_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/cloudwatch"
	"maru.dev/maru/telemetry"
)

// recorded is a server with CloudWatch, and the service itself.
func recorded(t *testing.T) (*bench, *cloudwatch.Service) {
	t.Helper()
	var s *cloudwatch.Service
	reg := cloudwatch.Registration()
	made := reg.New
	reg.New = func(d service.Deps) any {
		v := made(d)
		s = v.(*cloudwatch.Service)
		return v
	}
	env := testenv.New(t, reg)
	return &bench{env, t, env.CloudWatch()}, s
}

func TestRecordKeepsWhatServicesMeasure(t *testing.T) {
	t.Parallel()
	b, s := recorded(t)
	m := telemetry.Metric{
		Account: "000000000000", Region: "us-east-1", Namespace: "AWS/SQS", Name: "NumberOfMessagesSent", Unit: "Count",
		Dimensions: []telemetry.Dimension{{Name: "QueueName", Value: "q"}},
	}
	at := b.Now().Truncate(time.Minute)
	for range 2 {
		data := []telemetry.Datum{{Metric: m, At: at, Values: map[float64]float64{1: 3}}, {Metric: m, At: at.Add(time.Second), Values: map[float64]float64{4: 1}}}
		if err := s.Record(t.Context(), m.Account, m.Region, data); err != nil {
			t.Fatal(err)
		}
	}
	out, err := b.cw.GetMetricStatistics(t.Context(), &client.GetMetricStatisticsInput{
		Namespace: &m.Namespace, MetricName: &m.Name, Dimensions: []types.Dimension{{Name: aws.String("QueueName"), Value: aws.String("q")}},
		Period: aws.Int32(60), Statistics: []types.Statistic{"Sum", "SampleCount"}, StartTime: aws.Time(at), EndTime: aws.Time(at.Add(time.Minute)),
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Datapoints) != 1 || *out.Datapoints[0].Sum != 14 || *out.Datapoints[0].SampleCount != 8 || out.Datapoints[0].Unit != "Count" {
		t.Errorf("got %+v", out.Datapoints)
	}
	metrics, err := b.cw.ListMetrics(t.Context(), &client.ListMetricsInput{Namespace: &m.Namespace})
	if err != nil || len(metrics.Metrics) != 1 {
		t.Errorf("got %+v (%v)", metrics, err)
	}
}
