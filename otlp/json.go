package otlp

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"

	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// decodeJSON reads a message of JSON. OTLP differs from Protobuf's own JSON in
// that ids are hexadecimal, where other bytes are base64. The digits of an id are
// base64, too: so they are read as such, and put right afterwards.
func decodeJSON(text []byte, into proto.Message) error {
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true, RecursionLimit: maxDepth}).Unmarshal(text, into); err != nil {
		return err
	}
	var all []*[]byte
	switch data := into.(type) {
	case *traces.TracesData:
		all = idsOfTraces(data)
	case *metrics.MetricsData:
		clearExemplars(data)
	case *logs.LogsData:
		all = idsOfLogs(data)
	}
	for _, id := range all {
		if len(*id) == 0 {
			continue
		}
		raw, err := hex.DecodeString(base64.StdEncoding.EncodeToString(*id))
		if err != nil {
			return fmt.Errorf("an id is not hexadecimal: %w", err)
		}
		*id = raw
	}
	return nil
}

// idsOfTraces finds the ids of spans and links.
func idsOfTraces(data *traces.TracesData) (all []*[]byte) {
	for _, rs := range data.GetResourceSpans() {
		for _, ss := range rs.GetScopeSpans() {
			for _, s := range ss.GetSpans() {
				if s == nil {
					continue
				}
				all = append(all, &s.TraceId, &s.SpanId, &s.ParentSpanId)
				for _, l := range s.GetLinks() {
					if l != nil {
						all = append(all, &l.TraceId, &l.SpanId)
					}
				}
			}
		}
	}
	return all
}

// idsOfLogs finds the ids of records.
func idsOfLogs(data *logs.LogsData) (all []*[]byte) {
	for _, rl := range data.GetResourceLogs() {
		for _, sl := range rl.GetScopeLogs() {
			for _, record := range sl.GetLogRecords() {
				if record != nil {
					all = append(all, &record.TraceId, &record.SpanId)
				}
			}
		}
	}
	return all
}

// clearExemplars drops what has ids among metrics: nothing reads them.
func clearExemplars(data *metrics.MetricsData) {
	for _, rm := range data.GetResourceMetrics() {
		for _, sm := range rm.GetScopeMetrics() {
			for _, m := range sm.GetMetrics() {
				for _, n := range m.GetGauge().GetDataPoints() {
					n.Exemplars = nil
				}
				for _, n := range m.GetSum().GetDataPoints() {
					n.Exemplars = nil
				}
			}
		}
	}
}
