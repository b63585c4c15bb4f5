package pipes

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	api "maru.dev/maru/api/pipes"
	"maru.dev/maru/arn"
	"maru.dev/maru/wire"
)

// level is how much detail a log record is.
type level int

// The levels, from the gravest.
const (
	off level = iota
	fault
	info
	trace
)

// levelOf reads a configuration's level.
func levelOf(name string) level {
	return map[string]level{api.LogLevelError: fault, api.LogLevelInfo: info, api.LogLevelTrace: trace}[name]
}

// journal gathers the log records of one execution.
type journal struct {
	x         *execution
	id        string // of the execution
	level     level
	withData  bool
	group     string // ARN
	lines     []logLine
	levelName string
}

// newJournal returns the journal of an execution, as its pipe is configured.
func newJournal(x *execution) journal {
	j := journal{x: x}
	c := x.pipe.Log
	if c == nil || c.CloudwatchLogsLogDestination == nil {
		return j
	}
	j.level, j.levelName, j.group = levelOf(c.Level), c.Level, c.CloudwatchLogsLogDestination.LogGroupArn
	j.withData = slices.Contains(c.IncludeExecutionData, "ALL")
	j.id = x.IDs.UUID()
	return j
}

// note adds a record of a step.
//
// Spec: EventBridge User Guide, EventBridge Pipes log schema reference.
func (j *journal) note(step string, detail level, failure error, payload []any) {
	if detail > j.level {
		return
	}
	now := j.x.Clock.Now()
	record := map[string]any{
		"resourceArn": j.x.arnOf(j.x.pipe.Name), "timestamp": now.UnixMilli(), "executionId": j.id, "messageType": step, "logLevel": j.levelName,
	}
	if j.withData && payload != nil {
		record["payload"] = textOf(payload)
	}
	if failure != nil {
		about := map[string]any{"message": failure.Error()}
		if e, ok := errors.AsType[wire.Error](failure); ok {
			about = map[string]any{"httpStatusCode": e.HTTPStatus(), "message": e.ErrorMessage(), "details": e.ErrorCode()}
		}
		record["error"] = about
	}
	line, err := json.Marshal(record)
	if err != nil {
		return // it is made of plain values
	}
	j.lines = append(j.lines, logLine{Timestamp: now.UnixMilli(), Message: string(line)})
}

// write hands the records to CloudWatch Logs. What cannot be written is lost, as
// AWS promises no more.
func (j *journal) write(ctx context.Context) {
	if len(j.lines) == 0 {
		return
	}
	if err := j.x.putLines(ctx, j.group, j.x.pipe.Name, j.lines); err != nil {
		j.x.Service.Log.Warn("write log of a pipe", "pipe", j.x.pipe.Name, "err", err)
	}
}

// logLine is one line for CloudWatch Logs.
type logLine struct {
	Timestamp int64  `json:"timestamp"`
	Message   string `json:"message"`
}

// putLines writes lines to a stream of a group, which is made when it is not
// there.
func (x *execution) putLines(ctx context.Context, groupARN, stream string, lines []logLine) error {
	a, err := arn.Parse(groupARN)
	if err != nil {
		return err
	}
	group := strings.TrimSuffix(strings.TrimPrefix(a.Resource, "log-group:"), ":*")
	slices.SortStableFunc(lines, func(a, b logLine) int { return int(a.Timestamp - b.Timestamp) })
	in := map[string]any{"logGroupName": group, "logStreamName": stream, "logEvents": lines}
	_, err = x.callJSON(ctx, "logs", "PutLogEvents", in)
	if e, ok := errors.AsType[wire.Error](err); !ok || e.ErrorCode() != "ResourceNotFoundException" {
		return err
	}
	_, err = x.callJSON(ctx, "logs", "CreateLogStream", map[string]any{"logGroupName": group, "logStreamName": stream})
	if e, ok := errors.AsType[wire.Error](err); err != nil && (!ok || e.ErrorCode() != "ResourceAlreadyExistsException") {
		return err
	}
	_, err = x.callJSON(ctx, "logs", "PutLogEvents", in)
	return err
}
