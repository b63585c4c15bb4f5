package logs_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cw "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	client "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/google/go-cmp/cmp"

	cwapi "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/api/lambda"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/cloudwatch"
	"maru.dev/maru/service/logs"
	"maru.dev/maru/wire"
)

// functions is a Lambda of which only the invocations matter.
type functions struct {
	lambda.Unimplemented

	mu       sync.Mutex
	failing  int // invocations that fail before one succeeds
	payloads [][]byte
}

// Invoke takes an event.
func (f *functions) Invoke(_ context.Context, in *lambda.InvokeInput) (*lambda.InvokeOutput, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if strings.Contains(in.FunctionName, "missing") {
		return nil, &lambda.ResourceNotFoundException{}
	}
	if *in.InvocationType == string(lambda.InvocationTypeDryRun) {
		return &lambda.InvokeOutput{StatusCode: new(int32(204))}, nil
	}
	if f.failing > 0 {
		f.failing--
		return nil, &wire.APIError{Code: "TooManyRequestsException", Status: 429}
	}
	f.payloads = append(f.payloads, in.Payload)
	return &lambda.InvokeOutput{StatusCode: new(int32(202))}, nil
}

// delivered unpacks what functions were given.
func (f *functions) delivered(t *testing.T) (messages []string) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.payloads {
		var event struct {
			AWSLogs struct{ Data []byte }
		}
		if err := json.Unmarshal(p, &event); err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(bytes.NewReader(event.AWSLogs.Data))
		if err != nil {
			t.Fatal(err)
		}
		var d struct {
			MessageType, Owner, LogGroup, LogStream string
			SubscriptionFilters                     []string
			LogEvents                               []struct {
				ID, Message string
				Timestamp   int64
			}
		}
		if err := json.NewDecoder(z).Decode(&d); err != nil {
			t.Fatal(err)
		}
		if d.MessageType != "DATA_MESSAGE" || d.Owner != "000000000000" || d.LogGroup != "g" || d.SubscriptionFilters[0] != "f" || len(d.LogEvents[0].ID) != 56 {
			t.Errorf("delivery %+v", d)
		}
		for _, e := range d.LogEvents {
			messages = append(messages, d.LogStream+": "+e.Message)
		}
	}
	return messages
}

// withOthers is a bench with metrics and functions.
func withOthers(t *testing.T) (*bench, *functions) {
	t.Helper()
	f := &functions{}
	env := testenv.New(t, logs.Registration(),
		service.Registration{Model: cwapi.Model, New: func(d service.Deps) any { return cloudwatch.New(d) }},
		service.Registration{Model: lambda.Model, New: func(service.Deps) any { return f }})
	b := &bench{env, t, env.Logs()}
	_, err := b.logs.CreateLogGroup(t.Context(), &client.CreateLogGroupInput{LogGroupName: aws.String("g")})
	b.wantCode(err, "")
	for _, s := range []string{"a", "b"} {
		_, err := b.logs.CreateLogStream(t.Context(), &client.CreateLogStreamInput{LogGroupName: aws.String("g"), LogStreamName: &s})
		b.wantCode(err, "")
	}
	return b, f
}

// sums waits until a metric's sum over the last hours is as wanted.
func (b *bench) sums(name string, dimensions map[string]string, want float64) {
	b.t.Helper()
	in := &cw.GetMetricStatisticsInput{
		Namespace: aws.String("shop"), MetricName: &name, Period: aws.Int32(3600 * 24), Statistics: []cwtypes.Statistic{cwtypes.StatisticSum},
		StartTime: aws.Time(b.Now().Add(-24 * time.Hour)), EndTime: aws.Time(b.Now().Add(24 * time.Hour)),
	}
	for k, v := range dimensions {
		in.Dimensions = append(in.Dimensions, cwtypes.Dimension{Name: &k, Value: &v})
	}
	var last float64
	testenv.Eventually(b.t, fmt.Sprintf("metric %s sums up to %v", name, want), func() bool {
		out, err := b.CloudWatch().GetMetricStatistics(b.t.Context(), in)
		b.wantCode(err, "")
		last = 0
		for _, p := range out.Datapoints {
			last += *p.Sum
		}
		return last == want
	})
}

func (b *bench) putFilter(name, pattern string, tr types.MetricTransformation) error {
	b.t.Helper()
	if tr.MetricNamespace == nil {
		tr.MetricNamespace = aws.String("shop")
	}
	_, err := b.logs.PutMetricFilter(b.t.Context(), &client.PutMetricFilterInput{
		LogGroupName: aws.String("g"), FilterName: &name, FilterPattern: &pattern, MetricTransformations: []types.MetricTransformation{tr},
	})
	return err
}

func TestMetricFiltersPublishMetrics(t *testing.T) {
	t.Parallel()
	b, _ := withOthers(t)
	b.put("a", time.Minute, "ERROR before the filter")
	b.wantCode(b.putFilter("errors", "ERROR", types.MetricTransformation{MetricName: aws.String("Errors"), MetricValue: aws.String("1")}), "")
	b.wantCode(b.putFilter("ms", "{ $.ms > 0 }", types.MetricTransformation{
		MetricName: aws.String("Latency"), MetricValue: aws.String("$.ms"), Unit: cwStandardUnit("Milliseconds"), Dimensions: map[string]string{"Path": "$.path"},
	}), "")
	b.put("a", time.Minute, "ERROR one", "fine", `{"ms":5,"path":"/a"}`)
	b.put("b", time.Minute, "ERROR two", `{"ms":7,"path":"/a"}`, `{"ms":1,"path":"/b"}`)
	b.sums("Errors", nil, 2)
	b.sums("Latency", map[string]string{"Path": "/a"}, 12)
	b.sums("Latency", map[string]string{"Path": "/b"}, 1)
	list, err := b.logs.DescribeMetricFilters(t.Context(), &client.DescribeMetricFiltersInput{MetricName: aws.String("Latency"), MetricNamespace: aws.String("shop")})
	b.wantCode(err, "")
	if len(list.MetricFilters) != 1 || *list.MetricFilters[0].FilterName != "ms" || list.MetricFilters[0].MetricTransformations[0].Dimensions["Path"] != "$.path" {
		t.Errorf("filters %+v", list.MetricFilters)
	}
	groups, err := b.logs.DescribeLogGroups(t.Context(), &client.DescribeLogGroupsInput{})
	b.wantCode(err, "")
	if *groups.LogGroups[0].MetricFilterCount != 2 {
		t.Errorf("%d metric filters", *groups.LogGroups[0].MetricFilterCount)
	}
	del := &client.DeleteMetricFilterInput{LogGroupName: aws.String("g"), FilterName: aws.String("errors")}
	_, err = b.logs.DeleteMetricFilter(t.Context(), del)
	b.wantCode(err, "")
	_, err = b.logs.DeleteMetricFilter(t.Context(), del)
	b.wantCode(err, "ResourceNotFoundException")
	b.wantCode(b.putFilter("x", "ERROR", types.MetricTransformation{MetricName: aws.String("x"), MetricValue: aws.String("$.a")}), "InvalidParameterException")
	b.wantCode(b.putFilter("x", "{ broken", types.MetricTransformation{MetricName: aws.String("x"), MetricValue: aws.String("1")}), "InvalidParameterException")
}

// cwStandardUnit is a unit as the SDK of logs has it.
func cwStandardUnit(u string) types.StandardUnit { return types.StandardUnit(u) }

func TestEmbeddedMetricsArePublished(t *testing.T) {
	t.Parallel()
	b, _ := withOthers(t)
	at := b.Now().UnixMilli()
	emf := func(n int) string {
		return fmt.Sprintf(`{"_aws":{"Timestamp":%d,"CloudWatchMetrics":[{"Namespace":"shop","Dimensions":[["svc"]],"Metrics":[{"Name":"Orders","Unit":"Count"}]}]},"svc":"web","Orders":%d}`, at, n)
	}
	b.put("a", time.Minute, "plain")
	b.put("a", time.Minute, emf(3), "plain")
	b.sums("Orders", map[string]string{"svc": "web"}, 3)
	b.put("b", time.Minute, "plain")
	b.put("b", time.Minute, emf(4))
	b.sums("Orders", map[string]string{"svc": "web"}, 7)
}

func TestTestMetricFilterTellsWhatItTakes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	tests := map[string]struct {
		pattern string
		want    map[string]string
	}{
		"columns": {`[ip, user, ..., status = 4*, bytes]`, map[string]string{"$ip": "127.0.0.1", "$user": "frank", "$status": "404", "$bytes": "1534"}},
		"terms":   {`frank`, map[string]string{}},
	}
	for name, tt := range tests {
		out, err := b.logs.TestMetricFilter(t.Context(), &client.TestMetricFilterInput{
			FilterPattern: &tt.pattern, LogEventMessages: []string{"no", `127.0.0.1 frank x "GET /" 404 1534`},
		})
		b.wantCode(err, "")
		if len(out.Matches) != 1 || out.Matches[0].EventNumber != 2 || !cmp.Equal(out.Matches[0].ExtractedValues, tt.want) {
			t.Errorf("%s: %+v", name, out.Matches)
		}
	}
	out, err := b.logs.TestMetricFilter(t.Context(), &client.TestMetricFilterInput{FilterPattern: aws.String(`{ $.a.b = 1 && $.c = "x" }`), LogEventMessages: []string{`{"a":{"b":1},"c":"x"}`}})
	b.wantCode(err, "")
	if want := map[string]string{"$.a.b": "1", "$.c": "x"}; len(out.Matches) != 1 || !cmp.Equal(out.Matches[0].ExtractedValues, want) {
		t.Errorf("JSON: %+v", out.Matches)
	}
}

func (b *bench) subscribe(name, pattern, to string) error {
	_, err := b.logs.PutSubscriptionFilter(b.t.Context(), &client.PutSubscriptionFilterInput{
		LogGroupName: aws.String("g"), FilterName: &name, FilterPattern: &pattern, DestinationArn: &to,
	})
	return err
}

func TestSubscriptionsDeliverInOrderInSpiteOfFailures(t *testing.T) {
	t.Parallel()
	b, f := withOthers(t)
	const to = "arn:aws:lambda:us-east-1:000000000000:function:take"
	b.put("a", time.Minute, "wanted, but before")
	b.wantCode(b.subscribe("f", "wanted", to), "")
	f.mu.Lock()
	f.failing = 2
	f.mu.Unlock()
	var want []string
	for i := range 5 {
		m := fmt.Sprint("wanted ", i)
		b.put("a", time.Minute, "not", m)
		want = append(want, "a: "+m)
	}
	var got []string
	testenv.Eventually(t, "all is delivered", func() bool {
		b.Advance(2 * time.Second)
		got = f.delivered(t)
		return len(got) >= len(want)
	})
	if !slices.Equal(got, want) {
		t.Errorf("delivered %q", got)
	}
	list, err := b.logs.DescribeSubscriptionFilters(t.Context(), &client.DescribeSubscriptionFiltersInput{LogGroupName: aws.String("g")})
	b.wantCode(err, "")
	if len(list.SubscriptionFilters) != 1 || *list.SubscriptionFilters[0].DestinationArn != to || list.SubscriptionFilters[0].Distribution != types.DistributionByLogStream {
		t.Errorf("subscriptions %+v", list.SubscriptionFilters)
	}
	_, err = b.logs.DeleteSubscriptionFilter(t.Context(), &client.DeleteSubscriptionFilterInput{LogGroupName: aws.String("g"), FilterName: aws.String("f")})
	b.wantCode(err, "")
	_, err = b.logs.DeleteSubscriptionFilter(t.Context(), &client.DeleteSubscriptionFilterInput{LogGroupName: aws.String("g"), FilterName: aws.String("f")})
	b.wantCode(err, "ResourceNotFoundException")
}

func TestSubscriptionsThatCannotBe(t *testing.T) {
	t.Parallel()
	b, _ := withOthers(t)
	const function = "arn:aws:lambda:us-east-1:000000000000:function:"
	b.wantCode(b.subscribe("f", "", function+"missing"), "InvalidParameterException")
	b.wantCode(b.subscribe("f", "", "arn:aws:sqs:us-east-1:000000000000:q"), "InvalidParameterException")
	b.wantCode(b.subscribe("f", "", "arn:aws:kinesis:us-east-1:000000000000:stream/s"), "InvalidParameterException")
	b.wantCode(b.subscribe("f", "{ broken", function+"take"), "InvalidParameterException")
	b.wantCode(b.subscribe("one", "", function+"take"), "")
	b.wantCode(b.subscribe("two", "", function+"take"), "")
	b.wantCode(b.subscribe("two", "changed", function+"take"), "")
	b.wantCode(b.subscribe("three", "", function+"take"), "LimitExceededException")
}

func TestDestinations(t *testing.T) {
	t.Parallel()
	b, _ := withOthers(t)
	out, err := b.logs.PutDestination(t.Context(), &client.PutDestinationInput{
		DestinationName: aws.String("d"), TargetArn: aws.String("arn:aws:kinesis:us-east-1:000000000000:stream/s"), RoleArn: aws.String("arn:aws:iam::000000000000:role/r"),
	})
	b.wantCode(err, "")
	_, err = b.logs.PutDestinationPolicy(t.Context(), &client.PutDestinationPolicyInput{DestinationName: aws.String("d"), AccessPolicy: aws.String(`{"Statement":[]}`)})
	b.wantCode(err, "")
	b.wantCode(b.subscribe("f", "", *out.Destination.Arn), "")
	b.wantCode(b.subscribe("f2", "", *out.Destination.Arn+"x"), "InvalidParameterException")
	list, err := b.logs.DescribeDestinations(t.Context(), &client.DescribeDestinationsInput{DestinationNamePrefix: aws.String("d")})
	b.wantCode(err, "")
	if len(list.Destinations) != 1 || *list.Destinations[0].AccessPolicy != `{"Statement":[]}` {
		t.Errorf("destinations %+v", list.Destinations)
	}
	_, err = b.logs.DeleteDestination(t.Context(), &client.DeleteDestinationInput{DestinationName: aws.String("d")})
	b.wantCode(err, "")
	_, err = b.logs.DeleteDestination(t.Context(), &client.DeleteDestinationInput{DestinationName: aws.String("d")})
	b.wantCode(err, "ResourceNotFoundException")
}
