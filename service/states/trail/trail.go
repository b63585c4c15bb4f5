package trail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	logsapi "maru.dev/maru/api/logs"
	api "maru.dev/maru/api/states"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/service/states/history"
	"maru.dev/maru/service/states/machine"
	"maru.dev/maru/wire"
)

// Batch are lines for one log stream.
type Batch struct {
	Stream string
	Lines  []Line
}

// Line is an event as a log line.
type Line struct {
	At   int64 // milliseconds of 1970
	Text string
}

// line is the JSON of a log line.
type line struct {
	ID            string          `json:"id"`
	Type          string          `json:"type"`
	Details       json.RawMessage `json:"details"`
	RedriveCount  string          `json:"redrive_count"`
	PreviousEvent string          `json:"previous_event_id"`
	Timestamp     string          `json:"event_timestamp"`
	Execution     string          `json:"execution_arn"`
}

// Wants tells whether a level has a type of event logged.
//
// Spec: Step Functions Developer Guide, Log levels for Step Functions execution
// events.
func Wants(level string, kind history.Type) bool {
	name := kind.String()
	switch level {
	case api.LogLevelAll:
		return true
	case api.LogLevelFatal:
		return kind == history.ExecutionFailed || kind == history.ExecutionAborted || kind == history.ExecutionTimedOut
	case api.LogLevelError:
		return strings.HasSuffix(name, "Failed") || strings.HasSuffix(name, "TimedOut") || strings.HasSuffix(name, "Aborted") || kind == history.FailStateEntered
	}
	return false
}

// Lines are the log lines of events, as far as the machine wants them.
func Lines(p *machine.Prepared, execution string, redrives int64, events []history.Event, load func(int64) (string, error)) (Batch, error) {
	var b Batch
	shown := history.Shown{Data: p.LogData, Load: func(id int64) (string, error) {
		if i := id - events[0].ID; i >= 0 && int(i) < len(events) && events[i].Same == 0 {
			return events[i].Data, nil
		}
		return load(id)
	}}
	for i := range events {
		e := &events[i]
		if !Wants(p.LogLevel, e.Type) {
			continue
		}
		event, err := shown.API(e)
		if err != nil {
			return b, err
		}
		details, err := detailsOf(&event)
		if err != nil {
			return b, err
		}
		text, err := json.Marshal(line{
			ID: strconv.FormatInt(e.ID, 10), Type: e.Type.String(), Details: details, RedriveCount: strconv.FormatInt(redrives, 10),
			PreviousEvent: strconv.FormatInt(e.Prev, 10), Timestamp: strconv.FormatInt(e.At, 10), Execution: execution,
		})
		if err != nil {
			return b, fmt.Errorf("encode log line: %w", err)
		}
		b.Lines = append(b.Lines, Line{e.At, string(text)})
	}
	if len(b.Lines) > 0 {
		b.Stream = "states/" + p.Machine + "/" + events[0].Time().Format("2006-01-02-15-04") + "/" + p.ID[:8]
	}
	return b, nil
}

// detailsOf is the details of an event, whatever its type, as JSON.
func detailsOf(event *api.HistoryEvent) (json.RawMessage, error) {
	row := slices.IndexFunc(api.Model.Shapes, func(s wire.Shape) bool { return s.Name == "HistoryEvent" })
	text, err := wire.JSON{}.Append(nil, api.Model.TypeOf(row, event), reflect.ValueOf(event).Elem())
	if err != nil {
		return nil, fmt.Errorf("encode event: %w", err)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, fmt.Errorf("read event: %w", err)
	}
	for name, v := range members {
		if strings.HasSuffix(name, "EventDetails") {
			return v, nil
		}
	}
	return json.RawMessage("{}"), nil
}

// What one request to CloudWatch Logs takes: so many lines, and bytes of them, of
// which each counts for some more.
const (
	maxLines = 10_000
	maxBytes = 1 << 20
	lineCost = 26
)

// Put writes a batch to the log group with an ARN, with its stream if it is new.
func Put(ctx context.Context, c call.Caller, group string, b Batch) error {
	in := &logsapi.PutLogEventsInput{LogGroupName: GroupName(group), LogStreamName: b.Stream}
	size := 0
	for _, l := range b.Lines {
		cost := len(l.Text) + lineCost
		if len(in.LogEvents) == maxLines || size > 0 && size+cost > maxBytes {
			if err := put(ctx, c, in); err != nil {
				return err
			}
			in.LogEvents, size = nil, 0
		}
		in.LogEvents = append(in.LogEvents, logsapi.InputLogEvent{Timestamp: l.At, Message: l.Text})
		size += cost
	}
	return put(ctx, c, in)
}

// put makes one request.
func put(ctx context.Context, c call.Caller, in *logsapi.PutLogEventsInput) error {
	_, err := c.Call(ctx, "logs", "PutLogEvents", in)
	if _, missing := errors.AsType[*logsapi.ResourceNotFoundException](err); !missing {
		return err
	}
	_, err = c.Call(ctx, "logs", "CreateLogStream", &logsapi.CreateLogStreamInput{LogGroupName: in.LogGroupName, LogStreamName: in.LogStreamName})
	if _, there := errors.AsType[*logsapi.ResourceAlreadyExistsException](err); err != nil && !there {
		return err
	}
	_, err = c.Call(ctx, "logs", "PutLogEvents", in)
	return err
}

// GroupName is the name of the log group with an ARN.
func GroupName(group string) string {
	a, err := arn.Parse(group)
	if err != nil {
		return group
	}
	return strings.TrimSuffix(strings.TrimPrefix(a.Resource, "log-group:"), ":*")
}
