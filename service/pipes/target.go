package pipes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	api "maru.dev/maru/api/pipes"
	"maru.dev/maru/arn"
	"maru.dev/maru/service/pipes/template"
	"maru.dev/maru/wire"
)

// entriesMax is how many messages or events a batch operation takes.
const entriesMax = 10

// item is an event for the target, and what it was before it was rewritten: the
// paths of parameters lead there.
type item struct{ event, before any }

// invokeTarget hands events to the target, and returns which of them it has not
// taken. records are the events as they came from the source, before those as
// they came to the target.
func (x *execution) invokeTarget(ctx context.Context, records, before, events []any) (failed []int, err error) {
	items := make([]item, len(events))
	for i := range events {
		items[i] = item{events[i], before[i]}
	}
	x.journal.note("TARGET_INVOCATION_STARTED", trace, nil, events)
	switch serviceOf(x.pipe.Target) {
	case "lambda", "states":
		failed, err = x.toCode(ctx, records, events)
	case "logs":
		err = x.toLogs(ctx, items)
	case "api-destination", "execute-api":
		failed, err = x.toEndpoint(ctx, items)
	default:
		failed, err = x.inBatches(ctx, items)
	}
	switch {
	case err != nil:
		x.journal.note("TARGET_INVOCATION_FAILED", fault, err, nil)
	case len(failed) > 0:
		x.journal.note("TARGET_INVOCATION_PARTIALLY_FAILED", fault, nil, nil)
	default:
		x.journal.note("TARGET_INVOCATION_SUCCEEDED", trace, nil, nil)
	}
	return failed, err
}

// toCode runs a function or workflow with all events. One that is waited for
// may say which it has not dealt with.
func (x *execution) toCode(ctx context.Context, records, events []any) (failed []int, err error) {
	input, err := json.Marshal(events)
	if err != nil {
		return nil, fmt.Errorf("encode events: %w", err)
	}
	kind, target := api.PipeTargetInvocationTypeRequestResponse, x.pipe.Target
	states := serviceOf(target) == "states"
	if t := x.pipe.TargetParts; t != nil {
		if p := t.LambdaFunctionParameters; p != nil {
			set(&kind, p.InvocationType)
		}
		if p := t.StepFunctionStateMachineParameters; p != nil {
			set(&kind, p.InvocationType)
		}
	}
	forget := kind == api.PipeTargetInvocationTypeFireAndForget
	var answer []byte
	switch {
	case states && forget:
		_, err = x.callJSON(ctx, "states", "StartExecution", map[string]any{"stateMachineArn": target, "input": string(input)})
	case states:
		answer, err = x.runWorkflow(ctx, target, input)
	case forget:
		_, err = x.callJSON(ctx, "lambda", "Invoke", map[string]any{"FunctionName": target, "InvocationType": "Event", "Payload": input})
	default:
		answer, err = x.runFunction(ctx, target, input)
	}
	if err != nil {
		return nil, err
	}
	return itemFailures(answer, records), nil
}

// itemFailures finds the records that an answer reports as failed: all of them
// when the report makes no sense. An answer of another form reports none.
//
// Spec: EventBridge User Guide, Amazon EventBridge Pipes batching and concurrency.
func itemFailures(answer []byte, records []any) (failed []int) {
	var out map[string]json.RawMessage
	if json.Unmarshal(answer, &out) != nil {
		return nil
	}
	var list []map[string]any
	bad := len(out["batchItemFailures"]) > 0 && json.Unmarshal(out["batchItemFailures"], &list) != nil
	places := make(map[string]int, len(records))
	for i, r := range records {
		places[identifier(r)] = i
	}
	reported := make(map[int]bool, len(list))
	for _, item := range list {
		id, _ := item["itemIdentifier"].(string)
		i, known := places[id]
		bad = bad || id == "" || !known
		reported[i] = true
	}
	for i := range records {
		if bad || reported[i] {
			failed = append(failed, i)
		}
	}
	return failed
}

// identifier is what a target names a record by: its message id or its sequence
// number.
func identifier(record any) string {
	m, _ := record.(map[string]any)
	id, _ := m["messageId"].(string)
	if data, ok := m["dynamodb"].(map[string]any); ok {
		id, _ = data["SequenceNumber"].(string)
	}
	return id
}

// callJSON calls an operation with an input that JSON can hold.
func (x *execution) callJSON(ctx context.Context, service, operation string, in map[string]any) (json.RawMessage, error) {
	text, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", operation, err)
	}
	return x.Caller.CallJSON(ctx, service, operation, text)
}

// textOf is an event as a message's body: JSON, or the text that it is.
func textOf(event any) string {
	if s, ok := event.(string); ok {
		return s
	}
	raw, err := json.Marshal(event)
	if err != nil {
		return "" // events come of JSON
	}
	return string(raw)
}

// dynamic is a parameter's value for an event: a path leads into it.
func dynamic(parameter *string, e item) string {
	if parameter == nil || !template.IsPath(*parameter) {
		return wire.Value(parameter)
	}
	v, ok := template.At(e.before, *parameter)
	if !ok {
		return ""
	}
	return textOf(v)
}

// entries is how a kind of target takes several events at once.
type entries struct {
	operation string
	list      string // member of the input
	input     map[string]any
	entry     func(i int, e item) map[string]any
	refused   string // member of the output that lists what was not taken, by Id
	results   string // or member that lists all, in order, with an ErrorCode
}

// entriesOf is how the pipe's target takes several events at once.
func (x *execution) entriesOf(a arn.ARN) (e entries, ok bool) {
	t := x.pipe.TargetParts
	if t == nil {
		t = &api.PipeTargetParameters{}
	}
	_, name := a.Split()
	switch a.Service {
	case "sqs":
		return x.toQueue(a, t), true
	case "sns":
		return entries{
			operation: "PublishBatch", list: "PublishBatchRequestEntries", refused: "Failed",
			input: map[string]any{"TopicArn": x.pipe.Target},
			entry: func(i int, e item) map[string]any {
				return map[string]any{"Id": strconv.Itoa(i), "Message": textOf(e.event)}
			},
		}, true
	case "events":
		return x.toBus(t), true
	case "kinesis":
		key := t.KinesisStreamParameters
		return entries{
			operation: "PutRecords", list: "Records", results: "Records", input: map[string]any{"StreamARN": x.pipe.Target},
			entry: func(_ int, e item) map[string]any {
				out := map[string]any{"Data": []byte(textOf(e.event))}
				if key != nil {
					out["PartitionKey"] = dynamic(&key.PartitionKey, e)
				}
				return out
			},
		}, true
	case "firehose":
		return entries{
			operation: "PutRecordBatch", list: "Records", results: "RequestResponses", input: map[string]any{"DeliveryStreamName": name},
			entry: func(_ int, e item) map[string]any { return map[string]any{"Data": []byte(textOf(e.event))} },
		}, true
	}
	return e, false
}

// toQueue is how a queue takes events.
func (x *execution) toQueue(a arn.ARN, t *api.PipeTargetParameters) entries {
	return entries{
		operation: "SendMessageBatch", list: "Entries", refused: "Failed",
		input: map[string]any{"QueueUrl": "/" + a.Account + "/" + a.Resource},
		entry: func(i int, e item) map[string]any {
			out := map[string]any{"Id": strconv.Itoa(i), "MessageBody": textOf(e.event)}
			if p := t.SqsQueueParameters; p != nil {
				if id := dynamic(p.MessageGroupId, e); id != "" {
					out["MessageGroupId"] = id
				}
				if id := dynamic(p.MessageDeduplicationId, e); id != "" {
					out["MessageDeduplicationId"] = id
				}
			}
			return out
		},
	}
}

// toBus is how an event bus takes events.
func (x *execution) toBus(t *api.PipeTargetParameters) entries {
	p := t.EventBridgeEventBusParameters
	if p == nil {
		p = &api.PipeTargetEventBridgeEventBusParameters{}
	}
	return entries{
		operation: "PutEvents", list: "Entries", results: "Entries", input: map[string]any{},
		entry: func(_ int, e item) map[string]any {
			out := map[string]any{
				"EventBusName": x.pipe.Target, "Detail": textOf(e.event), "Source": "Pipe " + x.pipe.Name,
				"DetailType": "Event from aws:" + serviceOf(x.pipe.Source),
			}
			if s := dynamic(p.Source, e); s != "" {
				out["Source"] = s
			}
			if d := dynamic(p.DetailType, e); d != "" {
				out["DetailType"] = d
			}
			if at := dynamic(p.Time, e); at != "" {
				out["Time"] = at
			}
			var resources []string
			for i := range p.Resources {
				resources = append(resources, dynamic(&p.Resources[i], e))
			}
			if resources != nil {
				out["Resources"] = resources
			}
			return out
		},
	}
}

// inBatches sends events some at a time.
func (x *execution) inBatches(ctx context.Context, items []item) (failed []int, err error) {
	a, err := arn.Parse(x.pipe.Target)
	if err != nil {
		return nil, err
	}
	e, ok := x.entriesOf(a)
	if !ok {
		return nil, wire.NotImplemented(a.Service, "target")
	}
	for from := 0; from < len(items); from += entriesMax {
		to := min(from+entriesMax, len(items))
		list := []any{}
		for i, it := range items[from:to] {
			list = append(list, e.entry(i, it))
		}
		e.input[e.list] = list
		raw, err := x.callJSON(ctx, a.Service, e.operation, e.input)
		if err != nil {
			if from == 0 {
				return nil, err
			}
			for i := from; i < len(items); i++ { // what came before is there
				failed = append(failed, i)
			}
			return failed, nil
		}
		refused, err := e.notTaken(raw, to-from)
		if err != nil {
			return nil, err
		}
		for _, i := range refused {
			failed = append(failed, from+i)
		}
	}
	if len(failed) == len(items) && len(items) > 0 {
		return nil, errNothing
	}
	return failed, nil
}

// errNothing says that a target has taken no event at all.
var errNothing = errors.New("the target took none of the events")

// notTaken finds in a batch operation's output which of n entries were not taken.
func (e *entries) notTaken(raw json.RawMessage, n int) (failed []int, err error) {
	var out map[string]json.RawMessage
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, fmt.Errorf("decode %s: %w", e.operation, err)
	}
	var list []struct{ Id, ErrorCode string }
	member := e.refused + e.results
	if len(out[member]) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(out[member], &list); err != nil {
		return nil, fmt.Errorf("decode %s: %w", e.operation, err)
	}
	for i, entry := range list {
		if e.refused != "" {
			if i, err = strconv.Atoi(entry.Id); err != nil {
				return nil, fmt.Errorf("decode %s: %w", e.operation, err)
			}
		} else if entry.ErrorCode == "" {
			continue
		}
		if i < 0 || i >= n {
			return nil, fmt.Errorf("decode %s: it was not given entry %d", e.operation, i)
		}
		failed = append(failed, i)
	}
	return failed, nil
}

// toLogs writes events as lines of a log stream, in the order of their times.
func (x *execution) toLogs(ctx context.Context, items []item) error {
	p := &api.PipeTargetCloudWatchLogsParameters{}
	if t := x.pipe.TargetParts; t != nil && t.CloudWatchLogsParameters != nil {
		p = t.CloudWatchLogsParameters
	}
	streams := map[string][]logLine{}
	for _, e := range items {
		stream := dynamic(p.LogStreamName, e)
		if stream == "" {
			stream = x.pipe.Name
		}
		at := x.Clock.Now().UnixMilli()
		if text := dynamic(p.Timestamp, e); text != "" {
			at = millis(text, at)
		}
		streams[stream] = append(streams[stream], logLine{Timestamp: at, Message: textOf(e.event)})
	}
	for stream, lines := range streams {
		if err := x.putLines(ctx, x.pipe.Target, stream, lines); err != nil {
			return err
		}
	}
	return nil
}

// millis reads a time in milliseconds or in ISO 8601.
func millis(text string, otherwise int64) int64 {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	if at, err := time.Parse(time.RFC3339, strings.TrimSpace(text)); err == nil {
		return at.UnixMilli()
	}
	return otherwise
}
