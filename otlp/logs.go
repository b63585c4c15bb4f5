package otlp

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	otel "go.opentelemetry.io/proto/otlp/logs/v1"

	logs "maru.dev/maru/api/logs"
	"maru.dev/maru/wire"
)

const (
	// eventsAtOnce and bytesAtOnce are how much one PutLogEvents takes.
	eventsAtOnce = 10_000
	bytesAtOnce  = 1_000_000
	// eventBytes is what each event counts for beside its text.
	eventBytes = 26
)

// stream is where a record goes.
type stream struct{ group, name string }

// takeLogs puts log records into log groups.
func (r *Receiver) takeLogs(ctx context.Context, data *otel.LogsData) (refused int64, why string, err error) {
	now := r.options.Clock.Now()
	streams := make(map[stream][]logs.InputLogEvent)
	for _, rl := range data.GetResourceLogs() {
		of := resourceOf(rl.GetResource())
		for _, sl := range rl.GetScopeLogs() {
			for _, record := range sl.GetLogRecords() {
				a := attributesOf(record.GetAttributes())
				text, err := lineOf(record, a, of, sl.GetScope().GetName())
				if err != nil {
					refused, why = refused+1, err.Error()
					continue
				}
				to := streamOf(a, of)
				streams[to] = append(streams[to], logs.InputLogEvent{Timestamp: timeOf(record, now).UnixMilli(), Message: text})
			}
		}
	}
	for to, events := range streams {
		slices.SortStableFunc(events, func(a, b logs.InputLogEvent) int { return cmp.Compare(a.Timestamp, b.Timestamp) })
		for len(events) > 0 {
			n := batchOf(events)
			if err := r.putEvents(ctx, to, events[:n]); err != nil {
				known, ok := errors.AsType[wire.Error](err)
				if !ok {
					return refused, why, err
				}
				refused, why = refused+int64(n), known.ErrorMessage()
			}
			events = events[n:]
		}
	}
	return refused, why, nil
}

// batchOf is how many events one call takes: not too many, not too large, and of
// no more than a day.
func batchOf(events []logs.InputLogEvent) int {
	size := 0
	for i := range events {
		size += len(events[i].Message) + eventBytes
		if i > 0 && (i == eventsAtOnce || size > bytesAtOnce || events[i].Timestamp-events[0].Timestamp >= 24*time.Hour.Milliseconds()) {
			return i
		}
	}
	return len(events)
}

// putEvents writes events to a stream, which is made if it is not there.
func (r *Receiver) putEvents(ctx context.Context, to stream, events []logs.InputLogEvent) error {
	in := &logs.PutLogEventsInput{LogGroupName: to.group, LogStreamName: to.name, LogEvents: events}
	_, err := r.options.Caller.Call(ctx, "logs", "PutLogEvents", in)
	if !isCode(err, "ResourceNotFoundException") {
		return err
	}
	_, err = r.options.Caller.Call(ctx, "logs", "CreateLogGroup", &logs.CreateLogGroupInput{LogGroupName: to.group})
	if err != nil && !isCode(err, "ResourceAlreadyExistsException") {
		return err
	}
	_, err = r.options.Caller.Call(ctx, "logs", "CreateLogStream", &logs.CreateLogStreamInput{LogGroupName: to.group, LogStreamName: to.name})
	if err != nil && !isCode(err, "ResourceAlreadyExistsException") {
		return err
	}
	_, err = r.options.Caller.Call(ctx, "logs", "PutLogEvents", in)
	return err
}

// isCode tells an error of AWS by its code.
func isCode(err error, code string) bool {
	known, ok := errors.AsType[wire.Error](err)
	return ok && known.ErrorCode() == code
}

// streamOf names where a record goes.
func streamOf(a, of attributes) stream {
	to := stream{group: a.text("aws.log.group.names"), name: a.text("aws.log.stream.names")}
	if to.group == "" {
		to.group = of.text("aws.log.group.names", "service.name")
	}
	if to.name == "" {
		to.name = of.text("aws.log.stream.names", "service.instance.id", "host.name")
	}
	to.group, to.name = nameIn(to.group, "-_/.#", "otel"), nameIn(to.name, "-_/.#[]$ ", "default")
	return to
}

// nameIn keeps a name to letters, digits and some other characters.
func nameIn(name, others, otherwise string) string {
	name = strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune(others, c) {
			return c
		}
		return '_'
	}, name)
	if name == "" {
		return otherwise
	}
	return name[:min(len(name), 512)]
}

// timeOf is when a record was made, or seen.
func timeOf(record *otel.LogRecord, now time.Time) time.Time {
	for _, ns := range []uint64{record.GetTimeUnixNano(), record.GetObservedTimeUnixNano()} {
		if ns > 0 && ns < 1<<63 {
			return time.Unix(0, int64(ns))
		}
	}
	return now
}

// line is a record as its event's text.
type line struct {
	Body       any            `json:"body,omitempty"`
	Severity   string         `json:"severity_text,omitempty"`
	Number     int32          `json:"severity_number,omitempty"`
	TraceID    string         `json:"trace_id,omitempty"`
	SpanID     string         `json:"span_id,omitempty"`
	XRay       string         `json:"xray_trace_id,omitempty"`
	Scope      string         `json:"scope,omitempty"`
	Attributes map[string]any `json:"attributes,omitempty"`
	Resource   map[string]any `json:"resource,omitempty"`
}

// lineOf writes a record as a line of JSON, so that its attributes can be
// searched.
func lineOf(record *otel.LogRecord, a, of attributes, scope string) (string, error) {
	l := line{
		Body: valueOf(record.GetBody()), Severity: record.GetSeverityText(), Number: int32(record.GetSeverityNumber()),
		Scope: scope, Attributes: a, Resource: of,
	}
	if id := record.GetTraceId(); len(id) == 16 {
		l.TraceID, l.XRay = hex.EncodeToString(id), xrayID(id)
	}
	if id := record.GetSpanId(); len(id) == 8 {
		l.SpanID = hex.EncodeToString(id)
	}
	text, err := json.Marshal(l)
	return string(text), err
}
