package crash_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/xray"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
)

// breath is what clients wait whose work is read again as a whole by the check.
func breath() { <-clock.System{}.NewTimer(10 * time.Millisecond).C() }

// lines: log lines that were put are there once, in their order. Each client has
// a stream of its own.
type lines struct {
	env   *testenv.Proc
	since int64 // the first millisecond of the round
	ledger
}

func (w *lines) prepare(t *testing.T) {
	t.Helper()
	w.since = clock.System{}.Now().UnixMilli()
	if _, err := w.env.Logs().CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("lines")}); err != nil {
		t.Fatal(err)
	}
	for n := range clients {
		if _, err := w.env.Logs().CreateLogStream(t.Context(), &cloudwatchlogs.CreateLogStreamInput{
			LogGroupName: aws.String("lines"), LogStreamName: aws.String(fmt.Sprint(n)),
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func (w *lines) client(ctx context.Context, more func() bool, number int, random *rand.Rand) {
	for more() {
		var names []string
		var events []logtypes.InputLogEvent
		for range 1 + random.IntN(5) {
			name := w.name(number)
			names = append(names, name)
			events = append(events, logtypes.InputLogEvent{Timestamp: aws.Int64(clock.System{}.Now().UnixMilli()), Message: &name})
		}
		out, err := w.env.Logs().PutLogEvents(ctx, &cloudwatchlogs.PutLogEventsInput{
			LogGroupName: aws.String("lines"), LogStreamName: aws.String(fmt.Sprint(number)), LogEvents: events,
		})
		if err != nil {
			return
		}
		if out.RejectedLogEventsInfo == nil {
			for _, name := range names {
				w.ack(name)
			}
		}
		breath()
	}
}

func (w *lines) check(t *testing.T) {
	found := make(map[string]int)
	for n := range clients {
		last := ""
		pages := cloudwatchlogs.NewGetLogEventsPaginator(w.env.Logs(), &cloudwatchlogs.GetLogEventsInput{
			LogGroupName: aws.String("lines"), LogStreamName: aws.String(fmt.Sprint(n)), StartTime: &w.since, StartFromHead: aws.Bool(true),
		}, func(o *cloudwatchlogs.GetLogEventsPaginatorOptions) { o.StopOnDuplicateToken = true })
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page.Events {
				if *e.Message <= last {
					t.Errorf("line %s came after %s", *e.Message, last)
				}
				last = *e.Message
				found[last]++
			}
		}
	}
	w.compare(t, found)
	w.forget()
	<-clock.System{}.NewTimer(2 * time.Millisecond).C() // the next round has milliseconds of its own
	w.since = clock.System{}.Now().UnixMilli()
}

// tallies count what was attempted and what was acknowledged, by key.
type tallies struct {
	mu           sync.Mutex
	tried, acked map[string]int
	muted        bool // answers do not count
}

// mute implements work.
func (c *tallies) mute(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.muted = on
}

// try counts an attempt, ack its acknowledgement.
func (c *tallies) try(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tried == nil {
		c.tried, c.acked = make(map[string]int), make(map[string]int)
	}
	c.tried[key]++
}

func (c *tallies) ack(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.muted {
		c.acked[key]++
	}
}

// compare holds what was counted by the program, in whatever way, against what
// was acknowledged and attempted. What was counted counts from now on.
func (c *tallies) compare(t *testing.T, counted map[string]int) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, tried := range c.tried {
		got := counted[key]
		if got < c.acked[key] || got > tried {
			t.Errorf("%s counts %d; %d were acknowledged, and %d tried", key, got, c.acked[key], tried)
		}
		t.Logf("%s counts %d of %d to %d", key, got, c.acked[key], tried)
		c.tried[key], c.acked[key] = got, got
	}
}

// measurements: data of metrics are there once, whatever the period asked for.
type measurements struct {
	env   *testenv.Proc
	began time.Time
	tallies
}

func (w *measurements) prepare(t *testing.T) {
	t.Helper()
	w.began = clock.System{}.Now()
}

func (w *measurements) client(ctx context.Context, more func() bool, number int, _ *rand.Rand) {
	for more() {
		key := fmt.Sprint(number)
		w.try(key)
		if _, err := w.env.CloudWatch().PutMetricData(ctx, &cloudwatch.PutMetricDataInput{Namespace: aws.String("crash"), MetricData: []types.MetricDatum{{
			MetricName: aws.String("done"), Timestamp: aws.Time(clock.System{}.Now()), Value: aws.Float64(1),
			Dimensions: []types.Dimension{{Name: aws.String("client"), Value: &key}},
		}}}); err != nil {
			return
		}
		w.ack(key)
		breath()
	}
}

func (w *measurements) check(t *testing.T) {
	var first map[string]int
	for _, period := range []time.Duration{time.Hour, 5 * time.Minute, time.Minute} {
		sums := make(map[string]int)
		for n := range clients {
			key := fmt.Sprint(n)
			out, err := w.env.CloudWatch().GetMetricStatistics(t.Context(), &cloudwatch.GetMetricStatisticsInput{
				Namespace: aws.String("crash"), MetricName: aws.String("done"), Dimensions: []types.Dimension{{Name: aws.String("client"), Value: &key}},
				StartTime: aws.Time(w.began.Add(-time.Hour).Truncate(time.Hour)), EndTime: aws.Time(clock.System{}.Now().Add(2 * time.Hour).Truncate(time.Hour)),
				Period: aws.Int32(int32(period.Seconds())), Statistics: []types.Statistic{types.StatisticSum, types.StatisticSampleCount},
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range out.Datapoints {
				sums[key] += int(*d.Sum)
				if *d.Sum != *d.SampleCount {
					t.Errorf("%v data have the sum %v", *d.SampleCount, *d.Sum)
				}
			}
		}
		if first == nil {
			first = sums
		}
		if fmt.Sprint(first) != fmt.Sprint(sums) {
			t.Errorf("by the hour there are %v, by periods of %v %v", first, period, sums)
		}
	}
	w.compare(t, first)
}

// traced: segments that were put are in their traces.
type traced struct {
	env   *testenv.Proc
	began time.Time
	ledger
}

func (w *traced) prepare(t *testing.T) {
	t.Helper()
	w.began = clock.System{}.Now()
}

// trace is the id of the trace that a name stands for, of which segment is the
// document.
func (w *traced) trace(name string) string {
	digits := strings.Replace(name, "-", "", 1)
	return fmt.Sprintf("1-%08x-%s%s", w.began.Unix(), strings.Repeat("0", 24-len(digits)), digits)
}

func (w *traced) segment(name string) string {
	id := w.trace(name)
	return fmt.Sprintf(`{"trace_id":%q,"id":%q,"name":%q,"start_time":%d,"end_time":%d}`, id, id[len(id)-16:], name, w.began.Unix(), w.began.Unix()+1)
}

func (w *traced) client(ctx context.Context, more func() bool, number int, _ *rand.Rand) {
	for more() {
		name := w.name(number)
		out, err := w.env.XRay().PutTraceSegments(ctx, &xray.PutTraceSegmentsInput{TraceSegmentDocuments: []string{w.segment(name)}})
		if err != nil {
			return
		}
		if len(out.UnprocessedTraceSegments) == 0 {
			w.ack(name)
		}
		breath()
	}
}

func (w *traced) check(t *testing.T) {
	found := make(map[string]int)
	for some := range slices.Chunk(w.names(), 5) {
		var ids []string
		for _, name := range some {
			ids = append(ids, w.trace(name))
		}
		out, err := w.env.XRay().BatchGetTraces(t.Context(), &xray.BatchGetTracesInput{TraceIds: ids})
		if err != nil {
			t.Fatal(err)
		}
		for _, trace := range out.Traces {
			for _, segment := range trace.Segments {
				var document struct{ Name string }
				if err := json.Unmarshal([]byte(*segment.Document), &document); err != nil {
					t.Fatal(err)
				}
				found[document.Name]++
			}
		}
	}
	for name, n := range found {
		if n > 1 {
			t.Errorf("%s has %d segments", name, n)
		}
	}
	w.compare(t, found)
	w.forget()
}

// alarms: an alarm has the state to which it was set last, and each change is in
// its history once. Each client has an alarm of its own.
type alarms struct {
	env *testenv.Proc
	ledger
}

func (w *alarms) prepare(t *testing.T) {
	t.Helper()
	w.late = true // history is read from its beginning
	for n := range clients {
		if _, err := w.env.CloudWatch().PutMetricAlarm(t.Context(), &cloudwatch.PutMetricAlarmInput{
			AlarmName: aws.String(fmt.Sprint(n)), Namespace: aws.String("crash"), MetricName: aws.String("nothing"), Statistic: types.StatisticSum,
			Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(1), ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold,
			TreatMissingData: aws.String("ignore"), // so that its evaluation leaves it as it is
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// client sets an alarm's state to and fro, each time for a reason of its own.
func (w *alarms) client(ctx context.Context, more func() bool, number int, _ *rand.Rand) {
	is, err := w.describe(ctx, number)
	if err != nil {
		return
	}
	for state := is.StateValue; more(); {
		if state != types.StateValueAlarm {
			state = types.StateValueAlarm
		} else {
			state = types.StateValueOk
		}
		name := w.name(number)
		if _, err := w.env.CloudWatch().SetAlarmState(ctx, &cloudwatch.SetAlarmStateInput{AlarmName: is.AlarmName, StateReason: &name, StateValue: state}); err != nil {
			return
		}
		w.ack(name)
		breath()
	}
}

// describe returns a client's alarm.
func (w *alarms) describe(ctx context.Context, number int) (*types.MetricAlarm, error) {
	out, err := w.env.CloudWatch().DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{fmt.Sprint(number)}})
	if err != nil {
		return nil, err
	}
	if len(out.MetricAlarms) != 1 {
		return nil, fmt.Errorf("%d alarms %d", len(out.MetricAlarms), number)
	}
	return &out.MetricAlarms[0], nil
}

func (w *alarms) check(t *testing.T) {
	found := make(map[string]int)
	for n := range clients {
		is, err := w.describe(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		last := ""
		for _, reason := range w.history(t, *is.AlarmName) {
			if found[reason]++; found[reason] > 1 {
				t.Errorf("alarm %d: %s is in its history %d times", n, reason, found[reason])
			}
			last = max(last, reason) // by its number: a clock that is set back mixes the times
		}
		if last != "" && *is.StateReason != last {
			t.Errorf("alarm %d is as it is for %s; what its history has last is %s", n, *is.StateReason, last)
		}
	}
	w.compare(t, found)
	w.forget()
}

// history is what an alarm was set for, from the beginning.
func (w *alarms) history(t *testing.T, alarm string) (reasons []string) {
	t.Helper()
	pages := cloudwatch.NewDescribeAlarmHistoryPaginator(w.env.CloudWatch(), &cloudwatch.DescribeAlarmHistoryInput{
		AlarmName: &alarm, HistoryItemType: types.HistoryItemTypeStateUpdate, ScanBy: types.ScanByTimestampAscending,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range page.AlarmHistoryItems {
			var data struct{ NewState struct{ StateReason string } }
			if err := json.Unmarshal([]byte(*item.HistoryData), &data); err != nil {
				t.Fatal(err)
			}
			reasons = append(reasons, data.NewState.StateReason)
		}
	}
	return reasons
}
