package otlp_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	otellog "go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/otlp"
	cloudwatchservice "maru.dev/maru/service/cloudwatch"
	logsservice "maru.dev/maru/service/logs"
	xrayservice "maru.dev/maru/service/xray"
)

// newEnv starts a server with all that telemetry goes to.
func newEnv(t *testing.T) *testenv.Env {
	t.Helper()
	return testenv.New(t, xrayservice.Registration(), cloudwatchservice.Registration(), logsservice.Registration())
}

// shop is the resource of an application.
func shop() *resource.Resource {
	return resource.NewSchemaless(
		attribute.String("service.name", "shop"), attribute.String("service.namespace", "acme"), attribute.String("service.instance.id", "i-1"),
	)
}

// documents reads the segments of a trace.
func documents(t *testing.T, env *testenv.Env, id string) map[string]map[string]any {
	t.Helper()
	found := make(map[string]map[string]any)
	out, err := env.XRay().BatchGetTraces(t.Context(), &xray.BatchGetTracesInput{TraceIds: []string{id}})
	if err != nil {
		t.Fatal(err)
	}
	var walk func(document map[string]any)
	walk = func(document map[string]any) {
		if name := document["name"].(string); found[name] == nil || document["namespace"] != nil { // what is inferred of a callee has its name, too
			found[name] = document
		}
		list, _ := document["subsegments"].([]any)
		for _, s := range list {
			walk(s.(map[string]any))
		}
	}
	for _, tr := range out.Traces {
		for _, s := range tr.Segments {
			var document map[string]any
			if err := json.Unmarshal([]byte(*s.Document), &document); err != nil {
				t.Fatal(err)
			}
			walk(document)
		}
	}
	return found
}

// at finds a member of a document by its path.
func at(document map[string]any, path string) any {
	var v any = document
	for name := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

// TestSpansOfTheSDKBecomeSegments sends a server's span with a call, a query and
// a failure in it, over each transport.
func TestSpansOfTheSDKBecomeSegments(t *testing.T) {
	t.Parallel()
	transports := map[string]func(t *testing.T, env *testenv.Env) (sdktrace.SpanExporter, error){
		"HTTP": func(t *testing.T, env *testenv.Env) (sdktrace.SpanExporter, error) {
			return otlptracehttp.New(t.Context(), otlptracehttp.WithEndpointURL(env.URL()+"/_maru/otlp/v1/traces"))
		},
		"HTTP, packed": func(t *testing.T, env *testenv.Env) (sdktrace.SpanExporter, error) {
			return otlptracehttp.New(t.Context(), otlptracehttp.WithEndpointURL(env.URL()+"/_maru/otlp/v1/traces"), otlptracehttp.WithCompression(otlptracehttp.GzipCompression))
		},
		"gRPC": func(t *testing.T, env *testenv.Env) (sdktrace.SpanExporter, error) {
			return otlptracegrpc.New(t.Context(), otlptracegrpc.WithEndpoint(listen(t, env)), otlptracegrpc.WithInsecure())
		},
		"gRPC, packed": func(t *testing.T, env *testenv.Env) (sdktrace.SpanExporter, error) {
			return otlptracegrpc.New(t.Context(), otlptracegrpc.WithEndpoint(listen(t, env)), otlptracegrpc.WithInsecure(), otlptracegrpc.WithCompressor("gzip"))
		},
	}
	for name, transport := range transports {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := newEnv(t)
			exporter, err := transport(t, env)
			if err != nil {
				t.Fatal(err)
			}
			provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter), sdktrace.WithResource(shop()))
			id := order(t, provider)
			if err := provider.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			checkOrder(t, documents(t, env, id))
		})
	}
}

// listen serves a receiver for gRPC, and returns where.
func listen(t *testing.T, env *testenv.Env) string {
	t.Helper()
	d := env.Deps()
	server := httptest.NewUnstartedServer(otlp.NewReceiver(otlp.Options{
		Caller: d.Caller, Clock: d.Clock, IDs: d.IDs, Log: d.Log, Account: testenv.Account, Region: testenv.Region,
	}))
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Start()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// order makes the spans of an order, and returns the trace's id as X-Ray has it.
func order(t *testing.T, provider *sdktrace.TracerProvider) string {
	t.Helper()
	tracer := provider.Tracer("shop/orders")
	ctx, server := tracer.Start(t.Context(), "POST /orders", trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
		attribute.String("http.request.method", "POST"), attribute.String("url.full", "http://shop/orders"),
		attribute.Int("http.response.status_code", 500), attribute.String("user_agent.original", "curl"),
		attribute.String("customer", "c-1"), attribute.Int("items", 3), attribute.StringSlice("aws.xray.annotations", []string{"customer"}),
	))
	_, query := tracer.Start(ctx, "SELECT", trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String("db.system", "postgresql"), attribute.String("db.name", "orders"), attribute.String("db.statement", "SELECT 1"),
		attribute.String("server.address", "db"),
	))
	query.End()
	_, send := tracer.Start(ctx, "SQS.SendMessage", trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String("rpc.system", "aws-api"), attribute.String("rpc.service", "SQS"), attribute.String("rpc.method", "SendMessage"),
		attribute.String("aws.request_id", "r-1"), attribute.String("aws.queue_url", "http://q"),
	))
	send.End()
	_, inner := tracer.Start(ctx, "price")
	inner.RecordError(errors.New("no price"))
	inner.SetStatus(codes.Error, "no price")
	inner.End()
	server.SetStatus(codes.Error, "")
	server.End()
	id := server.SpanContext().TraceID().String()
	return "1-" + id[:8] + "-" + id[8:]
}

// checkOrder holds the segments of an order against what they are to be.
func checkOrder(t *testing.T, found map[string]map[string]any) {
	t.Helper()
	wants := []struct {
		name, path string
		is         any
	}{
		{"shop", "http.request.method", "POST"},
		{"shop", "http.request.url", "http://shop/orders"},
		{"shop", "http.response.status", 500.0},
		{"shop", "fault", true},
		{"shop", "annotations.customer", "c-1"},
		{"shop", "metadata.default.items", 3.0},
		{"orders@db", "namespace", "remote"},
		{"orders@db", "sql.sanitized_query", "SELECT 1"},
		{"SQS", "namespace", "aws"},
		{"SQS", "aws.operation", "SendMessage"},
		{"SQS", "aws.request_id", "r-1"},
		{"price", "fault", true},
	}
	for _, w := range wants {
		if got := at(found[w.name], w.path); got != w.is {
			t.Errorf("%s: %s is %v, want %v", w.name, w.path, got, w.is)
		}
	}
	list, _ := at(found["price"], "cause.exceptions").([]any)
	if len(list) != 1 || list[0].(map[string]any)["message"] != "no price" {
		t.Errorf("price: cause %v", found["price"]["cause"])
	}
	if found["shop"] != nil && found["price"] != nil && found["price"]["parent_id"] != nil && found["price"]["parent_id"] != found["shop"]["id"] {
		t.Errorf("price is not in shop: %v", found["price"])
	}
}

// statistics asks for a metric of the shop.
func statistics(t *testing.T, env *testenv.Env, name string, dimensions ...cwtypes.Dimension) (s cwtypes.Datapoint) {
	t.Helper()
	dimensions = append(dimensions, cwtypes.Dimension{Name: new("OTelLib"), Value: new("shop/orders")})
	out, err := env.CloudWatch().GetMetricStatistics(t.Context(), &cloudwatch.GetMetricStatisticsInput{
		Namespace: new("acme/shop"), MetricName: &name, Dimensions: dimensions, Period: new(int32(3600)),
		StartTime: new(env.Now().Add(-2 * time.Hour)), EndTime: new(env.Now().Add(2 * time.Hour)),
		Statistics: []cwtypes.Statistic{cwtypes.StatisticSum, cwtypes.StatisticSampleCount, cwtypes.StatisticMaximum},
	})
	if err != nil {
		t.Fatal(err)
	}
	zero := 0.0
	s.Sum, s.SampleCount, s.Maximum = &zero, new(0.0), new(0.0)
	for _, p := range out.Datapoints {
		*s.Sum += *p.Sum
		*s.SampleCount += *p.SampleCount
		*s.Maximum = max(*s.Maximum, *p.Maximum)
		s.Unit = p.Unit
	}
	return s
}

func TestMetricsOfTheSDKBecomeCloudWatchs(t *testing.T) {
	t.Parallel()
	for name, temporality := range map[string]sdkmetric.TemporalitySelector{
		"cumulative": sdkmetric.DefaultTemporalitySelector,
		"delta":      func(sdkmetric.InstrumentKind) metricdata.Temporality { return metricdata.DeltaTemporality },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := newEnv(t)
			exporter, err := otlpmetrichttp.New(t.Context(), otlpmetrichttp.WithEndpointURL(env.URL()+"/_maru/otlp/v1/metrics"), otlpmetrichttp.WithTemporalitySelector(temporality))
			if err != nil {
				t.Fatal(err)
			}
			reader := sdkmetric.NewPeriodicReader(exporter, sdkmetric.WithInterval(time.Hour))
			provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader), sdkmetric.WithResource(shop()))
			meter := provider.Meter("shop/orders")
			orders, _ := meter.Int64Counter("orders", metric.WithUnit("{order}"))
			took, _ := meter.Float64Histogram("took", metric.WithUnit("ms"))
			waiting, _ := meter.Int64Gauge("waiting")
			for range 3 {
				orders.Add(t.Context(), 2, metric.WithAttributes(attribute.String("kind", "book")))
				took.Record(t.Context(), 12)
				took.Record(t.Context(), 30)
				waiting.Record(t.Context(), 7)
				if err := provider.ForceFlush(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if err := provider.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			s := statistics(t, env, "orders", cwtypes.Dimension{Name: new("kind"), Value: new("book")})
			if *s.Sum != 6 || s.Unit != cwtypes.StandardUnitCount {
				t.Errorf("orders: sum %v in %s, want 6", *s.Sum, s.Unit)
			}
			s = statistics(t, env, "took")
			if *s.Sum != 126 || *s.SampleCount != 6 || s.Unit != cwtypes.StandardUnitMilliseconds {
				t.Errorf("took: sum %v of %v in %s, want 126 of 6", *s.Sum, *s.SampleCount, s.Unit)
			}
			if s = statistics(t, env, "waiting"); *s.Maximum != 7 {
				t.Errorf("waiting: at most %v, want 7", *s.Maximum)
			}
		})
	}
}

func TestLogRecordsOfTheSDKBecomeEvents(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	exporter, err := otlploghttp.New(t.Context(), otlploghttp.WithEndpointURL(env.URL()+"/_maru/otlp/v1/logs"))
	if err != nil {
		t.Fatal(err)
	}
	provider := sdklog.NewLoggerProvider(sdklog.WithProcessor(sdklog.NewSimpleProcessor(exporter)), sdklog.WithResource(shop()))
	spans := sdktrace.NewTracerProvider()
	ctx, span := spans.Tracer("x").Start(t.Context(), "work")
	for range 2 { // the second one finds its stream
		var record otellog.Record
		record.SetTimestamp(env.Now())
		record.SetSeverityText("WARN")
		record.SetBody(attribute.StringValue("stock is low"))
		record.AddAttributes(attribute.Int("left", 2))
		provider.Logger("shop/orders").Emit(ctx, record)
	}
	if err := provider.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	out, err := env.Logs().GetLogEvents(t.Context(), &cloudwatchlogs.GetLogEventsInput{LogGroupName: new("shop"), LogStreamName: new("i-1"), StartFromHead: new(true)})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Events) != 2 {
		t.Fatalf("%d events, want 2", len(out.Events))
	}
	var line map[string]any
	if err := json.Unmarshal([]byte(*out.Events[0].Message), &line); err != nil {
		t.Fatal(err)
	}
	if line["body"] != "stock is low" || line["severity_text"] != "WARN" || at(line, "attributes.left") != 2.0 ||
		line["trace_id"] != span.SpanContext().TraceID().String() || line["span_id"] != span.SpanContext().SpanID().String() {
		t.Errorf("line %v", line)
	}
}

// post sends a body of JSON.
func post(t *testing.T, url, kind, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var b strings.Builder
	buffer := make([]byte, 4096)
	for {
		n, err := resp.Body.Read(buffer)
		b.Write(buffer[:n])
		if err != nil {
			break
		}
	}
	return resp.StatusCode, b.String()
}

func TestJSONIsTakenWithHexadecimalIDs(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	now := env.Now().UnixNano()
	body := strings.NewReplacer("$NOW", jsonNumber(now), "$THEN", jsonNumber(now-1e9)).Replace(`{"resourceSpans":[{
		"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"web"}}]},
		"scopeSpans":[{"spans":[
			{"traceId":"5759e988bd862e3fe1be46a994272793","spanId":"53995c3f42cd8ad8","name":"GET /","kind":2,"startTimeUnixNano":"$THEN","endTimeUnixNano":"$NOW",
			 "attributes":[{"key":"list","value":{"arrayValue":{"values":[{"intValue":"1"}]}}}],"unknown":{"a":1}},
			{"traceId":"abcd","spanId":"53995c3f42cd8ad9","name":"bad"}]}]}]}`)
	status, said := post(t, env.URL()+"/_maru/otlp/v1/traces", "application/json", body)
	if status != http.StatusOK || !strings.Contains(said, `"rejectedSpans":"1"`) {
		t.Fatalf("%d %s", status, said)
	}
	found := documents(t, env, "1-5759e988-bd862e3fe1be46a994272793")
	if found["web"]["id"] != "53995c3f42cd8ad8" {
		t.Errorf("found %v", found)
	}
}

// jsonNumber writes a number.
func jsonNumber(n int64) string {
	text, _ := json.Marshal(n)
	return string(text)
}

func TestWhatCannotBeTakenIsRefused(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	base := env.URL() + "/_maru/otlp"
	tests := map[string]struct {
		path, kind, body string
		want             int
	}{
		"no such signal":    {"/v1/profiles", "application/json", "{}", http.StatusNotFound},
		"another encoding":  {"/v1/traces", "text/plain", "{}", http.StatusUnsupportedMediaType},
		"broken JSON":       {"/v1/traces", "application/json", "{", http.StatusBadRequest},
		"broken protobuf":   {"/v1/logs", "application/x-protobuf", "\xff\xff\xff", http.StatusBadRequest},
		"too deep":          {"/v1/logs", "application/json", `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":` + strings.Repeat(`{"arrayValue":{"values":[`, 200) + strings.Repeat(`]}}`, 200) + `}]}]}]}`, http.StatusBadRequest},
		"AWS's namespace":   {"/v1/metrics", "application/json", `{"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"AWS/SQS"}}]},"scopeMetrics":[{"metrics":[{"name":"m","gauge":{"dataPoints":[{"asDouble":1}]}}]}]}]}`, http.StatusOK},
		"an ID of no digit": {"/v1/traces", "application/json", `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"}]}]}]}`, http.StatusBadRequest},
		"nothing":           {"/v1/traces", "application/x-protobuf", "", http.StatusOK},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, said := post(t, base+tt.path, tt.kind, tt.body)
			if status != tt.want {
				t.Errorf("%d %s, want %d", status, said, tt.want)
			}
			if name == "AWS's namespace" && !strings.Contains(said, "rejectedDataPoints") {
				t.Errorf("said %s", said)
			}
		})
	}
}
