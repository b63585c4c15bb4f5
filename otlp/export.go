package otlp

import (
	"encoding/hex"
	"math"
	"strings"
	"time"

	common "go.opentelemetry.io/proto/otlp/common/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"

	"maru.dev/maru/telemetry"
)

// pairs builds a list of attributes.
type pairs []*common.KeyValue

// text adds an attribute that is text, unless it is empty.
func (p *pairs) text(name, v string) {
	if v != "" {
		p.value(name, &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: strings.ToValidUTF8(v, "\uFFFD")}})
	}
}

// whole adds a whole number, unless it is zero.
func (p *pairs) whole(name string, v int) {
	if v != 0 {
		p.value(name, &common.AnyValue{Value: &common.AnyValue_IntValue{IntValue: int64(v)}})
	}
}

// value adds any attribute.
func (p *pairs) value(name string, v *common.AnyValue) {
	*p = append(*p, &common.KeyValue{Key: name, Value: v})
}

// home are the attributes of everything in an account and region.
func home(account, region string) pairs {
	var p pairs
	p.text("cloud.provider", "aws")
	p.text("cloud.account.id", account)
	p.text("cloud.region", region)
	return p
}

// nanoseconds is a time as OTLP has it.
func nanoseconds(t time.Time) uint64 { return uint64(max(0, t.UnixNano())) }

// scope is in whose name the platform tells.
func scope() *common.InstrumentationScope { return &common.InstrumentationScope{Name: "maru"} }

// tracesOf makes spans of the platform's. What is still under way is left out:
// OTLP has no word for it, and it comes again when it ends.
func tracesOf(account, region string, spans []*telemetry.Span) *traces.TracesData {
	type owner struct{ name, kind, arn string }
	by := make(map[owner]*traces.ScopeSpans)
	data := &traces.TracesData{}
	for _, s := range spans {
		if s.End.IsZero() {
			continue
		}
		of := owner{s.Name, s.Type, s.ARN}
		if by[of] == nil {
			attributes := home(account, region)
			attributes.text("service.name", s.Name)
			attributes.text("aws.resource.type", s.Type)
			attributes.text("aws.resource.arn", s.ARN)
			by[of] = &traces.ScopeSpans{Scope: scope()}
			data.ResourceSpans = append(data.ResourceSpans, &traces.ResourceSpans{
				Resource: &resource.Resource{Attributes: attributes}, ScopeSpans: []*traces.ScopeSpans{by[of]},
			})
		}
		appendSpan(by[of], s, s.Trace, s.Parent)
	}
	return data
}

// appendSpan adds a span and its steps.
func appendSpan(to *traces.ScopeSpans, s *telemetry.Span, trace, parent string) {
	out := &traces.Span{
		TraceId: traceID(trace), SpanId: bytesOf(s.ID), ParentSpanId: bytesOf(parent), Kind: kindOf(s),
		Name: s.Operation, StartTimeUnixNano: nanoseconds(s.Start), EndTimeUnixNano: nanoseconds(s.End),
		Status: &traces.Status{},
	}
	if out.Name == "" {
		out.Name = s.Name
	}
	var a pairs
	if s.Calls == "aws" || s.Type != "" && s.Operation != "" {
		a.text("rpc.system", "aws-api")
		a.text("rpc.service", s.Name)
		a.text("rpc.method", s.Operation)
	}
	a.text("aws.request_id", s.Request)
	a.text("http.request.method", s.HTTP.Method)
	a.text("url.full", s.HTTP.URL)
	a.text("client.address", s.HTTP.ClientIP)
	a.text("user_agent.original", s.HTTP.UserAgent)
	a.whole("http.response.status_code", s.HTTP.Status)
	a.text("aws.log.group.names", s.LogGroup)
	for name, v := range s.Annotations {
		switch v := v.(type) {
		case string:
			a.text(name, v)
		case float64:
			a.value(name, &common.AnyValue{Value: &common.AnyValue_DoubleValue{DoubleValue: v}})
		case bool:
			a.value(name, &common.AnyValue{Value: &common.AnyValue_BoolValue{BoolValue: v}})
		}
	}
	if s.Outcome != telemetry.OK {
		out.Status = &traces.Status{Code: traces.Status_STATUS_CODE_ERROR, Message: strings.ToValidUTF8(s.Message, "\uFFFD")}
		a.text("error.type", s.Code)
	}
	out.Attributes = a
	for _, l := range s.Links {
		out.Links = append(out.Links, &traces.Span_Link{TraceId: traceID(l.Trace), SpanId: bytesOf(l.Span)})
	}
	to.Spans = append(to.Spans, out)
	for i := range s.Steps {
		if !s.Steps[i].End.IsZero() {
			appendSpan(to, &s.Steps[i], trace, s.ID)
		}
	}
}

// kindOf tells what part a span has in a call.
func kindOf(s *telemetry.Span) traces.Span_SpanKind {
	switch {
	case s.Calls != "":
		return traces.Span_SPAN_KIND_CLIENT
	case s.Type != "":
		return traces.Span_SPAN_KIND_SERVER
	default:
		return traces.Span_SPAN_KIND_INTERNAL
	}
}

// traceID reads a trace id of X-Ray.
func traceID(root string) []byte {
	return bytesOf(strings.ReplaceAll(strings.TrimPrefix(root, "1-"), "-", ""))
}

// bytesOf reads hexadecimal digits.
func bytesOf(text string) []byte {
	raw, err := hex.DecodeString(text)
	if err != nil {
		return nil
	}
	return raw
}

// metricsOf makes data points, in the form that CloudWatch's metric streams
// have for OpenTelemetry.
//
// Spec: CloudWatch User Guide, OpenTelemetry 1.0.0 format of metric streams.
func metricsOf(account, region string, data []telemetry.Datum, now time.Time) *metrics.MetricsData {
	out := make([]*metrics.Metric, 0, len(data))
	for i := range data {
		out = append(out, metricOf(&data[i], now))
	}
	return &metrics.MetricsData{ResourceMetrics: []*metrics.ResourceMetrics{{
		Resource:     &resource.Resource{Attributes: home(account, region)},
		ScopeMetrics: []*metrics.ScopeMetrics{{Scope: scope(), Metrics: out}},
	}}}
}

// metricOf makes a summary of what was measured.
func metricOf(d *telemetry.Datum, now time.Time) *metrics.Metric {
	var count, sum float64
	least, most := math.Inf(1), math.Inf(-1)
	for v, n := range d.Values {
		count, sum, least, most = count+n, sum+v*n, min(least, v), max(most, v)
	}
	var a, dimensions pairs
	a.text("Namespace", d.Namespace)
	a.text("MetricName", d.Name)
	for _, dim := range d.Dimensions {
		dimensions.text(dim.Name, dim.Value)
	}
	a.value("Dimensions", &common.AnyValue{Value: &common.AnyValue_KvlistValue{KvlistValue: &common.KeyValueList{Values: dimensions}}})
	end := now
	if end.Before(d.At) {
		end = d.At
	}
	return &metrics.Metric{
		Name: "amazonaws.com/" + d.Namespace + "/" + d.Name, Unit: "{" + d.Unit + "}",
		Data: &metrics.Metric_Summary{Summary: &metrics.Summary{DataPoints: []*metrics.SummaryDataPoint{{
			Attributes: a, StartTimeUnixNano: nanoseconds(d.At), TimeUnixNano: nanoseconds(end), Count: uint64(count), Sum: sum,
			QuantileValues: []*metrics.SummaryDataPoint_ValueAtQuantile{{Quantile: 0, Value: least}, {Quantile: 1, Value: most}},
		}}}},
	}
}

// logsOf makes records of a stream's lines.
func logsOf(from source, lines []telemetry.Line) *logs.LogsData {
	attributes := home(from.account, from.region)
	attributes.text("service.name", from.group)
	attributes.text("aws.log.group.names", from.group)
	attributes.text("aws.log.stream.names", from.stream)
	out := make([]*logs.LogRecord, len(lines))
	for i, l := range lines {
		out[i] = &logs.LogRecord{
			TimeUnixNano: nanoseconds(l.At),
			Body:         &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: strings.ToValidUTF8(l.Text, "\uFFFD")}},
		}
	}
	return &logs.LogsData{ResourceLogs: []*logs.ResourceLogs{{
		Resource: &resource.Resource{Attributes: attributes}, ScopeLogs: []*logs.ScopeLogs{{Scope: scope(), LogRecords: out}},
	}}}
}
