package otlp_test

import (
	"compress/gzip"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"maru.dev/maru/clock"
	"maru.dev/maru/otlp"
	"maru.dev/maru/telemetry"
)

// collector is an OTLP endpoint that tells what it got.
type collector struct {
	*httptest.Server
	got chan proto.Message
}

// newCollector starts an endpoint that refuses the first requests.
func newCollector(t *testing.T, refuse int32) *collector {
	t.Helper()
	c := &collector{got: make(chan proto.Message, 100)}
	var requests atomic.Int32
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) <= refuse {
			http.Error(w, "later", http.StatusServiceUnavailable)
			return
		}
		m := map[string]proto.Message{"/v1/traces": &traces.TracesData{}, "/v1/metrics": &metrics.MetricsData{}, "/v1/logs": &logs.LogsData{}}[r.URL.Path]
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		text, err := io.ReadAll(z)
		if err != nil || proto.Unmarshal(text, m) != nil || r.Header.Get("X-Key") != "k" {
			t.Errorf("%s: %v, %v", r.URL.Path, err, r.Header)
		}
		c.got <- m
	}))
	t.Cleanup(c.Server.Close)
	return c
}

// newExporter starts an exporter to an endpoint.
func newExporter(t *testing.T, url string) *otlp.Exporter {
	t.Helper()
	e, err := otlp.NewExporter(otlp.ExporterOptions{
		Endpoint: url, Header: map[string]string{"X-Key": "k"}, Clock: clock.System{}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = e.Run(t.Context()) }()
	return e
}

func TestAllTelemetryIsSentOn(t *testing.T) {
	t.Parallel()
	c := newCollector(t, 0)
	e := newExporter(t, c.URL)
	now := time.Now()
	err := e.RecordSpans(t.Context(), "1", "r", []*telemetry.Span{
		{
			Trace: "1-5759e988-bd862e3fe1be46a994272793", ID: "53995c3f42cd8ad8", Parent: "53995c3f42cd8ad9", Type: "AWS::SQS::Queue", Name: "q", Operation: "SendMessage",
			Start: now, End: now.Add(time.Second), Outcome: telemetry.Fault, Code: "InternalFailure", Message: "no", HTTP: telemetry.HTTP{Status: 500},
			Steps: []telemetry.Span{{ID: "53995c3f42cd8ad7", Name: "step", Calls: "aws", Start: now, End: now}},
		},
		{Trace: "1-5759e988-bd862e3fe1be46a994272793", ID: "53995c3f42cd8ad6", Name: "under way", Start: now},
	})
	if err != nil {
		t.Fatal(err)
	}
	data := (<-c.got).(*traces.TracesData)
	if len(data.GetResourceSpans()) != 1 {
		t.Fatalf("%v", data)
	}
	list := data.GetResourceSpans()[0].GetScopeSpans()[0].GetSpans()
	if len(list) != 2 || list[0].GetName() != "SendMessage" || list[0].GetKind() != traces.Span_SPAN_KIND_SERVER || list[0].GetStatus().GetMessage() != "no" ||
		list[1].GetKind() != traces.Span_SPAN_KIND_CLIENT || string(list[1].GetParentSpanId()) != string(list[0].GetSpanId()) || len(list[0].GetTraceId()) != 16 {
		t.Errorf("spans %v", list)
	}
	err = e.Record(t.Context(), "1", "r", []telemetry.Datum{{
		Metric: telemetry.Metric{Namespace: "AWS/SQS", Name: "SentMessageSize", Unit: "Bytes", Dimensions: []telemetry.Dimension{{Name: "QueueName", Value: "q"}}},
		At:     now, Values: map[float64]float64{10: 2, 30: 1},
	}})
	if err != nil {
		t.Fatal(err)
	}
	m := (<-c.got).(*metrics.MetricsData).GetResourceMetrics()[0].GetScopeMetrics()[0].GetMetrics()[0]
	p := m.GetSummary().GetDataPoints()[0]
	got := []any{m.GetName(), p.GetCount(), p.GetSum(), p.GetQuantileValues()[0].GetValue(), p.GetQuantileValues()[1].GetValue()}
	if diff := cmp.Diff([]any{"amazonaws.com/AWS/SQS/SentMessageSize", uint64(3), 50.0, 10.0, 30.0}, got); diff != "" {
		t.Errorf("metric (-want +got):\n%s", diff)
	}
	e.Lines("1", "r", "g", "s", []telemetry.Line{{At: now, Text: "hello"}})
	if text := (<-c.got).(*logs.LogsData).GetResourceLogs()[0].GetScopeLogs()[0].GetLogRecords()[0].GetBody().GetStringValue(); text != "hello" {
		t.Errorf("line %q", text)
	}
}

func TestABatchIsSentAgainWhenTheEndpointIsBusy(t *testing.T) {
	t.Parallel()
	c := newCollector(t, 1)
	e := newExporter(t, c.URL)
	if err := e.Record(t.Context(), "1", "r", []telemetry.Datum{{Values: map[float64]float64{1: 1}}}); err != nil {
		t.Fatal(err)
	}
	<-c.got
	if e.Dropped() != 0 {
		t.Errorf("%d dropped", e.Dropped())
	}
}

func TestWhatIsTooMuchIsDroppedAndCountedAndNobodyWaits(t *testing.T) {
	t.Parallel()
	e := newExporter(t, "http://127.0.0.1:1") // nobody listens there
	line := []telemetry.Line{{Text: strings.Repeat("x", 1<<20)}}
	for range 50 {
		e.Lines("1", "r", "g", "s", line)
	}
	if e.Dropped() < 30 {
		t.Errorf("%d dropped", e.Dropped())
	}
}

func TestEndpointsThatAreNoneAreRefused(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"localhost:4318", "ftp://x", "://"} {
		if _, err := otlp.NewExporter(otlp.ExporterOptions{Endpoint: url, Clock: clock.System{}}); err == nil {
			t.Errorf("%q was taken", url)
		}
	}
}
