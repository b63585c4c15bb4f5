package otlp

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	common "go.opentelemetry.io/proto/otlp/common/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	cloudwatch "maru.dev/maru/api/cloudwatch"
	xray "maru.dev/maru/api/xray"
	"maru.dev/maru/clock"
)

// sink takes whatever it is given, as long as it is well formed.
type sink struct{ t *testing.T }

// Call implements call.Caller.
func (s sink) Call(_ context.Context, _, operation string, in any) (any, error) {
	switch in := in.(type) {
	case *xray.PutTraceSegmentsInput:
		for _, text := range in.TraceSegmentDocuments {
			if !json.Valid([]byte(text)) {
				s.t.Errorf("no JSON: %q", text)
			}
		}
		return &xray.PutTraceSegmentsOutput{}, nil
	case *cloudwatch.PutMetricDataInput:
		if len(in.MetricData) > dataAtOnce {
			s.t.Errorf("%d data at once", len(in.MetricData))
		}
	}
	return nil, nil //nolint:nilnil // nobody looks at it
}

// CallJSON implements call.Caller.
func (sink) CallJSON(context.Context, string, string, json.RawMessage) (json.RawMessage, error) {
	return nil, nil
}

// FuzzTake has any bytes taken as any kind of telemetry: nothing may panic, and
// what is handed on is well formed.
func FuzzTake(f *testing.F) {
	name := []*common.KeyValue{{Key: "service.name", Value: &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: "s"}}}}
	for kind, m := range map[signal]proto.Message{
		spans: &traces.TracesData{ResourceSpans: []*traces.ResourceSpans{{ScopeSpans: []*traces.ScopeSpans{{Spans: []*traces.Span{
			{TraceId: make([]byte, 16), SpanId: make([]byte, 8), Attributes: name, Events: []*traces.Span_Event{{Name: "exception", Attributes: name}}, Links: []*traces.Span_Link{{}}},
		}}}}}},
		measurements: &metrics.MetricsData{ResourceMetrics: []*metrics.ResourceMetrics{{ScopeMetrics: []*metrics.ScopeMetrics{{Metrics: []*metrics.Metric{
			{Name: "m", Data: &metrics.Metric_Histogram{Histogram: &metrics.Histogram{DataPoints: []*metrics.HistogramDataPoint{{Count: 3, Sum: new(4.0), BucketCounts: []uint64{1, 2}, ExplicitBounds: []float64{3}}}}}},
			{Name: "e", Data: &metrics.Metric_ExponentialHistogram{ExponentialHistogram: &metrics.ExponentialHistogram{DataPoints: []*metrics.ExponentialHistogramDataPoint{{Count: 3, Scale: -5, Positive: &metrics.ExponentialHistogramDataPoint_Buckets{Offset: 3, BucketCounts: []uint64{1, 2}}}}}}},
			{Name: "s", Data: &metrics.Metric_Sum{Sum: &metrics.Sum{IsMonotonic: true, AggregationTemporality: 2, DataPoints: []*metrics.NumberDataPoint{{Attributes: name, Value: &metrics.NumberDataPoint_AsInt{AsInt: 4}}}}}},
		}}}}}},
		records: &logs.LogsData{ResourceLogs: []*logs.ResourceLogs{{ScopeLogs: []*logs.ScopeLogs{{LogRecords: []*logs.LogRecord{{Attributes: name, Body: name[0].GetValue(), TraceId: make([]byte, 16)}}}}}}},
	} {
		text, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(kind), false, text)
	}
	f.Add(uint8(spans), true, []byte(`{"resourceSpans":[null,{"scopeSpans":[{"spans":[null,{"traceId":"5759e988bd862e3fe1be46a994272793","spanId":"53995c3f42cd8ad8","links":[{}]}]}]}]}`))
	f.Add(uint8(records), true, []byte(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"kvlistValue":{"values":[{"key":"a","value":{"doubleValue":"NaN"}}]}}}]}]}]}`))
	f.Fuzz(func(t *testing.T, kind uint8, asJSON bool, text []byte) {
		r := NewReceiver(Options{Caller: sink{t}, Clock: clock.NewFake(time.Unix(1_700_000_000, 0)), Log: slog.New(slog.DiscardHandler)})
		_, _, _ = r.take(t.Context(), signal(kind%4), text, asJSON)
		_, _, _ = r.take(t.Context(), signal(kind%4), text, asJSON) // what was remembered of sums
	})
}

func TestSumsAreToldByWhatTheyGrew(t *testing.T) {
	t.Parallel()
	s := newSums(100)
	tests := []struct {
		began uint64
		now   float64
		want  float64
		ok    bool
	}{
		{50, 10, 0, false}, // it began before us: who knows how much of it is new
		{50, 15, 5, true},
		{50, 15, 0, true},
		{50, 3, 3, true}, // it began anew without saying so
		{200, 9, 9, true},
		{200, 11, 2, true},
	}
	for i, tt := range tests {
		grown, ok := s.grown(point{began: tt.began}, []float64{tt.now})
		if ok != tt.ok || ok && grown[0] != tt.want {
			t.Errorf("%d: grown by %v (%v), want %v (%v)", i, grown, ok, tt.want, tt.ok)
		}
	}
	if grown, ok := newSums(100).grown(point{began: 150}, []float64{4}); !ok || grown[0] != 4 {
		t.Errorf("a sum that began meanwhile has grown by %v (%v), want 4", grown, ok)
	}
}

func TestMemoryOfSumsIsBounded(t *testing.T) {
	t.Parallel()
	s := newSums(0)
	for i := range 1500 {
		s.grown(point{id: seriesID{byte(i), byte(i >> 8)}}, make([]float64, 1000))
	}
	if s.size > maxNumbers || len(s.last) > maxNumbers/1000 {
		t.Errorf("%d numbers of %d sums are remembered", s.size, len(s.last))
	}
}
