package xray

import (
	"encoding/json"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	api "maru.dev/maru/api/xray"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service/xray/trace"
	"maru.dev/maru/telemetry"
)

// spanOf is a span of a trace, by number.
func spanOf(n, id int, at time.Time) *telemetry.Span {
	return &telemetry.Span{
		Trace: fmt.Sprintf("1-5f000000-%024x", n), ID: fmt.Sprintf("%016x", id), Type: "AWS::SQS::Queue", Name: "q",
		ARN: "arn:aws:sqs:us-east-1:000000000000:q", Account: testenv.Account, Region: testenv.Region,
		Start: at, End: at.Add(time.Millisecond), Operation: "SendMessage", Request: "0d9a3c4e-5b6f-4d7a-8c9b-0a1b2c3d4e5f",
		HTTP: telemetry.HTTP{Status: 200},
	}
}

func TestSpansAreSegments(t *testing.T) {
	t.Parallel()
	ctx, s := testenv.Context(t.Context(), ""), onStore(kvtest.Open(t))
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	queue := spanOf(1, 0xa, at)
	queue.Outcome, queue.Code, queue.Message = telemetry.Throttle, "RequestThrottled", "slow down"
	queue.Links = []telemetry.Link{{Trace: "1-5f000000-000000000000000000000002", Span: "00000000000000cc"}}
	step := &telemetry.Span{
		Trace: queue.Trace, ID: "000000000000000b", Parent: queue.ID, Name: "Attempt #2", Account: testenv.Account, Region: testenv.Region, Start: at,
		Annotations: map[string]any{"attempt": 2.0},
	}
	if err := s.RecordSpans(ctx, testenv.Account, testenv.Region, []*telemetry.Span{queue, step}); err != nil {
		t.Fatal(err)
	}
	out, err := s.BatchGetTraces(ctx, &api.BatchGetTracesInput{TraceIds: []string{queue.Trace}})
	if err != nil || len(out.Traces) != 1 || len(out.Traces[0].Segments) != 1 {
		t.Fatalf("%+v, %v", out, err)
	}
	var d trace.Segment
	if err := json.Unmarshal([]byte(*out.Traces[0].Segments[0].Document), &d); err != nil {
		t.Fatal(err)
	}
	switch {
	case d.Origin != "AWS::SQS::Queue" || d.TraceID != queue.Trace || d.ResourceARN != queue.ARN,
		!d.Throttle || !d.Error || d.Fault || d.HTTP.Response.Status != 200 || d.AWS.RequestID != queue.Request,
		!strings.HasSuffix(d.AWS.QueueURL, "/000000000000/q") || d.Cause.Exceptions[0].Type != "RequestThrottled",
		len(d.Links) != 1 || d.Links[0].ID != "00000000000000cc" || d.Links[0].Attributes["ReferenceType"] != "parent",
		len(d.Subsegments) != 1 || !d.Subsegments[0].InProgress || d.Subsegments[0].Name != "Attempt #2":
		t.Errorf("%s", *out.Traces[0].Segments[0].Document)
	}
}

func TestASegmentSentAgainLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(t.Context(), "")
	st := kvtest.Open(t)
	s := onStore(st)
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	rows := func() (n int) {
		err := st.View(ctx, func(tx *kv.Tx) error {
			n = 0
			for _, index := range []string{byStart, byEnd, "s"} {
				for _, err := range tx.Scan(kv.Prefix(homeOf(ctx).key(index))) {
					if err != nil {
						return err
					}
					n++
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	want := 0
	for i := range 5 {
		span := spanOf(1, 0xa, at)
		span.End = at.Add(time.Duration(i) * time.Minute)
		if err := s.RecordSpans(ctx, testenv.Account, testenv.Region, []*telemetry.Span{span}); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			want = rows()
		}
	}
	if got := rows(); got != want {
		t.Errorf("%d rows, want the %d of the first time", got, want)
	}
}

func TestTheOldestTracesMakeRoom(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(t.Context(), "")
	s := onStore(kvtest.Open(t))
	s.maxTraces = 100
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for n := range 500 {
		if err := s.RecordSpans(ctx, testenv.Account, testenv.Region, []*telemetry.Span{spanOf(n, 0xa, at.Add(time.Duration(n)*time.Second))}); err != nil {
			t.Fatal(err)
		}
	}
	left := 0
	for n := range 500 {
		out, err := s.BatchGetTraces(ctx, &api.BatchGetTracesInput{TraceIds: []string{spanOf(n, 1, at).Trace}})
		if err != nil {
			t.Fatal(err)
		}
		left += len(out.Traces)
	}
	if left == 0 || left > 100 {
		t.Errorf("%d traces are kept, want at most 100", left)
	}
}

// BenchmarkRecordSpans records the spans of a second of a busy platform: 100
// traces of six spans. It tells the processor time, which a busy machine does not
// change.
func BenchmarkRecordSpans(b *testing.B) {
	ctx := testenv.Context(b.Context(), "")
	s := onStore(kvtest.Open(b))
	at, n := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), 0
	before := processorTime(b)
	for b.Loop() {
		for range 5 {
			var spans []*telemetry.Span
			for range 20 {
				n++
				for id := range 6 {
					spans = append(spans, spanOf(n, id+1, at.Add(time.Duration(n)*time.Millisecond)))
				}
			}
			if err := s.RecordSpans(ctx, testenv.Account, testenv.Region, spans); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(processorTime(b)-before)/float64(n)/1e3, "cpu-µs/trace")
}

// BenchmarkGetServiceGraph makes the graph of 5,000 traces of six spans.
func BenchmarkGetServiceGraph(b *testing.B) {
	ctx := testenv.Context(b.Context(), "")
	s := onStore(kvtest.Open(b))
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for n := 0; n < 5000; n += 50 {
		var spans []*telemetry.Span
		for i := range 50 {
			for id := range 6 {
				spans = append(spans, spanOf(n+i, id+1, at.Add(time.Duration(n)*time.Millisecond)))
			}
		}
		if err := s.RecordSpans(ctx, testenv.Account, testenv.Region, spans); err != nil {
			b.Fatal(err)
		}
	}
	before := processorTime(b)
	n := 0
	for b.Loop() {
		n++
		if _, err := s.GetServiceGraph(ctx, &api.GetServiceGraphInput{StartTime: at, EndTime: at.Add(time.Minute)}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(processorTime(b)-before)/float64(n)/1e6, "cpu-ms/op")
}

// processorTime is how much the process has used.
func processorTime(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Where the platform has told of a batch in each of its messages' traces, their
// hops are counted once, and are links where the work goes on in another trace.
func TestABatchIsCountedOnceForEachMessage(t *testing.T) {
	t.Parallel()
	ctx, s := testenv.Context(t.Context(), ""), onStore(kvtest.Open(t))
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	var spans []*telemetry.Span
	const messages = 3
	for n := range messages {
		queue, handled := spanOf(n, 1, at), spanOf(n, 2, at.Add(2*time.Second))
		handled.Type, handled.Name, handled.Parent = "AWS::Lambda", "f", queue.ID
		if n == 0 {
			for other := 1; other < messages; other++ {
				handled.Links = append(handled.Links, telemetry.Link{Trace: spanOf(other, 1, at).Trace, Span: queue.ID})
			}
		} else {
			handled.Links = []telemetry.Link{{Trace: spans[0].Trace, Span: handled.ID, Onward: true}}
		}
		spans = append(spans, queue, handled)
	}
	if err := s.RecordSpans(ctx, testenv.Account, testenv.Region, spans); err != nil {
		t.Fatal(err)
	}
	out, err := s.GetServiceGraph(ctx, &api.GetServiceGraphInput{StartTime: at.Add(-time.Minute), EndTime: at.Add(time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	for _, node := range out.Services {
		if *node.Name != "q" || *node.Type == "client" {
			continue
		}
		if len(node.Edges) != 1 {
			t.Fatalf("edges %+v", node.Edges)
		}
		e := node.Edges[0]
		if *e.EdgeType != "link" || *e.SummaryStatistics.TotalCount != messages || len(e.ReceivedEventAgeHistogram) != 1 || *e.ReceivedEventAgeHistogram[0].Count != messages-1 {
			t.Errorf("type %s, %d hops, ages %+v", *e.EdgeType, *e.SummaryStatistics.TotalCount, e.ReceivedEventAgeHistogram)
		}
	}
}
