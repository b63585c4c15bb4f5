package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/kv"
	"maru.dev/maru/task"
	"maru.dev/maru/telemetry"
	"maru.dev/maru/wire"
)

// asyncKind is the kind of the tasks that run asynchronous invocations.
const asyncKind = "lambda.invoke"

const (
	defaultRetries = 2
	defaultMaxAge  = 6 * time.Hour
	firstBackoff   = time.Second // after a throttle
	maxBackoff     = 5 * time.Minute
)

// event is an asynchronous invocation that waits to be run.
type event struct {
	Name, Qualifier string
	RequestID       string
	TraceID         string
	ClientContext   string
	Payload         []byte
	Received        time.Time
	Runs            int // by the function, so far
	Throttles       int // in a row
}

// enqueue takes an event in.
func (s *Service) enqueue(ctx context.Context, inv invocation) error {
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, _, err := resolve(tx, inv.target, 1); err != nil {
			return err
		}
		return s.addEvent(tx, inv.home, event{
			Name: inv.name, Qualifier: inv.qualifier, RequestID: inv.requestID, TraceID: inv.traceID,
			ClientContext: inv.clientContext, Payload: inv.payload, Received: s.Clock.Now(),
		}, time.Time{})
	})
}

// addEvent writes the task that runs e when it is due. The lease outlasts any
// function.
func (s *Service) addEvent(tx *kv.Tx, h home, e event, due time.Time) error {
	_, err := s.Tasks.Add(tx, task.Task{
		Kind: asyncKind, Owner: h.functionARN(e.Name, ""), Body: e, Due: due,
		Account: h.Account, Region: h.Region, TraceID: e.TraceID, Lease: 17 * time.Minute,
		Policy: task.Policy{MaxAge: 24 * time.Hour},
	})
	if err != nil {
		return fmt.Errorf("queue event: %w", err)
	}
	return nil
}

// runAsync runs one event once. What follows (a retry, a destination, a dead
// letter) is written in the transaction that ends the task.
func (s *Service) runAsync(ctx context.Context, run *task.Run) (err error) {
	var e event
	if err := run.Decode(&e); err != nil {
		return task.Dead(err)
	}
	t := target{home: home{run.Account, run.Region}, name: e.Name, qualifier: e.Qualifier}
	if expired, err := s.expire(ctx, run, t, &e); expired || err != nil {
		return err
	}
	s.measureOne(t, asyncAge, milliseconds(s.Clock.Now().Sub(e.Received)))
	traceID, told := s.attempted(t, &e)
	o, err := s.execute(ctx, invocation{
		target: t, requestID: e.RequestID, traceID: traceID, payload: e.Payload, clientContext: e.ClientContext,
	})
	told(o, err)
	var gone *api.ResourceNotFoundException
	var busy *api.TooManyRequestsException
	var loop *api.RecursiveInvocationException
	switch {
	case errors.As(err, &gone):
		return task.Dead(err)
	case errors.As(err, &busy):
		return s.postpone(ctx, run, t, e)
	case errors.As(err, &loop):
		return s.giveUp(ctx, run, t, e, "RetriesExhausted")
	case err != nil:
		return err
	}
	e.Runs++
	e.Throttles = 0
	dropped := 0.0
	defer func() {
		if err == nil {
			s.measureOne(t, asyncDropped, dropped)
		}
	}()
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		dropped = 0
		if err := run.Done(tx); err != nil {
			return err
		}
		if o.FunctionError == "" {
			return s.settle(tx, t, e, "Success", o)
		}
		config, err := loadInvokeConfig(tx, t)
		if err != nil {
			return err
		}
		if e.Runs > config.retries() {
			dropped = 1
			return s.settle(tx, t, e, "RetriesExhausted", o)
		}
		wait := time.Duration(e.Runs) * time.Minute // AWS waits one minute, then two
		if s.Clock.Now().Add(wait).Sub(e.Received) > config.maxAge() {
			dropped = 1
			return s.settle(tx, t, e, "EventAgeExceeded", o)
		}
		return s.addEvent(tx, t.home, e, s.Clock.Now().Add(wait))
	})
}

// expire gives up an event that waited for too long.
func (s *Service) expire(ctx context.Context, run *task.Run, t target, e *event) (expired bool, err error) {
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		expired = false
		config, err := loadInvokeConfig(tx, t)
		if err != nil {
			return err
		}
		if s.Clock.Now().Sub(e.Received) <= config.maxAge() {
			return nil
		}
		expired = true
		if err := run.Done(tx); err != nil {
			return err
		}
		return s.settle(tx, t, *e, "EventAgeExceeded", nil)
	})
	if expired && err == nil {
		s.measureOne(t, asyncDropped, 1)
	}
	return expired, err
}

// giveUp ends an event that is not run any more.
func (s *Service) giveUp(ctx context.Context, run *task.Run, t target, e event, condition string) error {
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		if err := run.Done(tx); err != nil {
			return err
		}
		return s.settle(tx, t, e, condition, nil)
	})
	if err == nil {
		s.measureOne(t, asyncDropped, 1)
	}
	return err
}

// postpone lets a throttled event wait, longer each time.
func (s *Service) postpone(ctx context.Context, run *task.Run, t target, e event) error {
	wait := min(maxBackoff, firstBackoff<<min(e.Throttles, 10))
	e.Throttles++
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		if err := run.Done(tx); err != nil {
			return err
		}
		return s.addEvent(tx, t.home, e, s.Clock.Now().Add(wait))
	})
}

// settle sends an event that is done with to its destination or dead letter.
// o is nil when the function never ran.
func (s *Service) settle(tx *kv.Tx, t target, e event, condition string, o *outcome) error {
	f, ok, err := kv.Get[function](tx, t.functionKey(t.name))
	if err != nil || !ok {
		return err // a function that was deleted has no destinations
	}
	config, err := loadInvokeConfig(tx, t)
	if err != nil {
		return err
	}
	v := &f.Latest
	if o != nil {
		v = o.version
	}
	to := config.OnFailure
	if condition == "Success" {
		to = config.OnSuccess
	}
	source := f.functionARN(f.Name, "")
	if o != nil { // what comes of it comes of this run, too
		e.TraceID = telemetry.WithLineage(e.TraceID, telemetry.Descend(telemetry.Lineage(e.TraceID), f.lineageHash()))
	}
	if to != "" {
		record, err := invocationRecord(s.Clock.Now(), t, e, condition, o, v)
		if err != nil {
			return err
		}
		d := task.Delivery{
			Target: to, Payload: record, Principal: "lambda.amazonaws.com", SourceARN: source,
			Account: t.Account, Region: t.Region, TraceID: e.TraceID,
		}
		if err := s.Tasks.Deliver(tx, d); err != nil {
			return fmt.Errorf("send to destination: %w", err)
		}
	}
	if condition == "Success" || v.DeadLetter == "" {
		return nil
	}
	return s.bury(tx, t, e, o, v, source)
}

// bury sends an event that could not be run to the function's dead-letter
// target: the event itself, with what went wrong in attributes.
func (s *Service) bury(tx *kv.Tx, t target, e event, o *outcome, v *version, source string) error {
	attributes := map[string]string{"RequestID": e.RequestID}
	types := map[string]string{}
	if o != nil {
		attributes["ErrorCode"], types["ErrorCode"] = "200", "Number"
		if said := errorMessage(o.Payload); said != "" {
			attributes["ErrorMessage"] = said
		}
	}
	payload := e.Payload
	if len(payload) == 0 {
		payload = []byte("{}")
	}
	err := s.Tasks.Deliver(tx, task.Delivery{
		Target: v.DeadLetter, Payload: payload, Attributes: attributes, AttributeTypes: types,
		Principal: "lambda.amazonaws.com", SourceARN: source, Account: t.Account, Region: t.Region, TraceID: e.TraceID,
	})
	if err != nil {
		return fmt.Errorf("send to dead letters: %w", err)
	}
	return nil
}

// errorMessage is what a function's error says, cut as AWS cuts it.
func errorMessage(payload []byte) string {
	var said struct {
		ErrorMessage string `json:"errorMessage"`
	}
	if json.Unmarshal(payload, &said) != nil {
		return ""
	}
	const limit = 1024
	if len(said.ErrorMessage) > limit {
		return said.ErrorMessage[:limit]
	}
	return said.ErrorMessage
}

// invocationRecord is what a destination is sent.
//
// Spec: Lambda Developer Guide, Capturing records of Lambda asynchronous
// invocations.
func invocationRecord(now time.Time, t target, e event, condition string, o *outcome, v *version) ([]byte, error) {
	type requestContext struct {
		RequestID   string `json:"requestId"`
		FunctionArn string `json:"functionArn"`
		Condition   string `json:"condition"`
		Invokes     int    `json:"approximateInvokeCount"`
	}
	type responseContext struct {
		StatusCode      int    `json:"statusCode"`
		ExecutedVersion string `json:"executedVersion"`
		FunctionError   string `json:"functionError,omitempty"`
	}
	record := struct {
		Version         string           `json:"version"`
		Timestamp       string           `json:"timestamp"`
		RequestContext  requestContext   `json:"requestContext"`
		RequestPayload  json.RawMessage  `json:"requestPayload"`
		ResponseContext *responseContext `json:"responseContext,omitempty"`
		ResponsePayload json.RawMessage  `json:"responsePayload,omitempty"`
	}{
		Version: "1.0", Timestamp: now.UTC().Format("2006-01-02T15:04:05.000Z"),
		RequestContext: requestContext{e.RequestID, t.functionARN(t.name, wire.Or(wire.Optional(t.qualifier), latest)), condition, e.Runs},
		RequestPayload: e.Payload,
	}
	if len(e.Payload) == 0 {
		record.RequestPayload = json.RawMessage("{}")
	}
	if o != nil {
		record.ResponseContext = &responseContext{200, v.Version, o.FunctionError}
		record.ResponsePayload = o.Payload
		if !json.Valid(o.Payload) {
			record.ResponsePayload = json.RawMessage(strconv.Quote(string(o.Payload)))
		}
	}
	text, err := json.Marshal(record)
	if err != nil {
		return nil, fmt.Errorf("encode invocation record: %w", err)
	}
	return text, nil
}
