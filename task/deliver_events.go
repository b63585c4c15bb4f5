package task

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	events "maru.dev/maru/api/events"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/wire"
)

// eventBridge is the principal of deliveries by rules.
const eventBridge = "events.amazonaws.com"

// busEvent is an event as rules deliver it.
type busEvent struct {
	ID         string          `json:"id"`
	Source     string          `json:"source"`
	DetailType string          `json:"detail-type"`
	Time       time.Time       `json:"time"`
	Resources  []string        `json:"resources"`
	Detail     json.RawMessage `json:"detail"`
}

// toEventBus puts an event on a bus. What a rule of another bus delivers is an
// event already, and keeps its id, which is handed on as the call's Once. For
// others the payload is the detail, and the attributes Source and DetailType
// say the rest.
func toEventBus(ctx context.Context, q *Queue, _ *Run, d *Delivery) error {
	a, err := arn.Parse(d.Target)
	if err != nil {
		return permanent{err}
	}
	ctx = d.as(ctx, a)
	entry := events.PutEventsRequestEntry{EventBusName: &d.Target, Detail: new(string(d.Payload))}
	if d.Principal == eventBridge {
		var e busEvent
		if err := json.Unmarshal(d.Payload, &e); err != nil {
			return permanent{fmt.Errorf("read event: %w", err)}
		}
		info := call.From(ctx)
		info.Once = e.ID
		ctx = call.With(ctx, info)
		entry.Source, entry.DetailType, entry.Detail = &e.Source, &e.DetailType, new(string(e.Detail))
		entry.Time, entry.Resources = &e.Time, e.Resources
	} else {
		entry.Source, entry.DetailType = new(d.Attributes["Source"]), new(d.Attributes["DetailType"])
	}
	if d.TraceID != "" {
		entry.TraceHeader = &d.TraceID
	}
	out, err := call.Do[*events.PutEventsOutput](ctx, q.caller, "events", "PutEvents", &events.PutEventsInput{
		Entries: []events.PutEventsRequestEntry{entry},
	})
	if err != nil {
		return unserved(err)
	}
	if r := out.Entries; len(r) == 1 && r[0].ErrorCode != nil {
		return &wire.APIError{Code: *r[0].ErrorCode, Message: *r[0].ErrorMessage}
	}
	return nil
}

// deadLetterCode is EventBridge's own word for why a delivery was given up.
func deadLetterCode(reason error) string {
	if errors.Is(reason, context.DeadlineExceeded) {
		return "TIMEOUT"
	}
	if status, ok := errors.AsType[statusError](reason); ok {
		return fromStatus(status.status)
	}
	refusal, ok := errors.AsType[wire.Error](reason)
	if !ok {
		if final(reason) {
			return "SDK_CLIENT_ERROR"
		}
		return "INTERNAL_ERROR"
	}
	code := refusal.ErrorCode()
	switch {
	case throttled(code):
		return "THROTTLING"
	case code == "NotImplemented", strings.Contains(code, "NotFound"), strings.Contains(code, "DoesNotExist"), strings.Contains(code, "NonExistent"):
		return "NO_RESOURCE"
	case strings.Contains(code, "AccessDenied"), strings.Contains(code, "NotAuthorized"), strings.Contains(code, "AuthorizationError"):
		return "NO_PERMISSIONS"
	case strings.Contains(code, "AlreadyExists"):
		return "RESOURCE_ALREADY_EXISTS"
	case strings.Contains(code, "LimitExceeded"):
		return "RESOURCE_LIMIT_EXCEEDED"
	case code == "InvalidRequestContentException":
		return "INVALID_JSON"
	case strings.HasPrefix(code, "Invalid"), strings.HasPrefix(code, "Validation"), strings.HasPrefix(code, "MissingParameter"):
		return "INVALID_PARAMETER"
	}
	return fromStatus(refusal.HTTPStatus())
}

// fromStatus is the word for an answer that says no more than its status.
func fromStatus(status int) string {
	switch status {
	case http.StatusTooManyRequests:
		return "THROTTLING"
	case http.StatusUnauthorized, http.StatusForbidden:
		return "NO_PERMISSIONS"
	case http.StatusNotFound, http.StatusGone:
		return "NO_RESOURCE"
	}
	return "ERROR_FROM_TARGET"
}

// unserved makes an operation that maru does not have a failure that no retry
// will mend.
func unserved(err error) error {
	if refusal, ok := errors.AsType[wire.Error](err); ok && refusal.HTTPStatus() == http.StatusNotImplemented {
		return permanent{err}
	}
	return err
}

// callJSON calls an operation of a target's service with its input in the
// model's member names.
func (q *Queue) callJSON(ctx context.Context, d *Delivery, service, operation string, in map[string]any) error {
	a, err := arn.Parse(d.Target)
	if err != nil {
		return permanent{err}
	}
	body, err := json.Marshal(in)
	if err != nil {
		return permanent{err}
	}
	_, err = q.caller.CallJSON(d.as(ctx, a), service, operation, body)
	return unserved(err)
}

// toStates starts an execution of a state machine. Its name is made of the
// delivery's, so that starting it again is starting it once.
func toStates(ctx context.Context, q *Queue, run *Run, d *Delivery) error {
	in := map[string]any{"stateMachineArn": d.Target, "input": string(d.Payload), "name": requestID(run)}
	if d.TraceID != "" {
		in["traceHeader"] = d.TraceID
	}
	return q.callJSON(ctx, d, "states", "StartExecution", in)
}

// toKinesis puts a record into a stream; the group is the partition key.
func toKinesis(ctx context.Context, q *Queue, _ *Run, d *Delivery) error {
	key := d.GroupID
	if key == "" {
		key = "0"
	}
	return q.callJSON(ctx, d, "kinesis", "PutRecord", map[string]any{"StreamARN": d.Target, "Data": d.Payload, "PartitionKey": key})
}

// toFirehose puts a record into a delivery stream.
func toFirehose(ctx context.Context, q *Queue, _ *Run, d *Delivery) error {
	_, name, _ := strings.Cut(d.Target, ":deliverystream/")
	return q.callJSON(ctx, d, "firehose", "PutRecord", map[string]any{
		"DeliveryStreamName": name, "Record": map[string]any{"Data": d.Payload},
	})
}
