package call_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/telemetry"
	"maru.dev/maru/wire"
)

// queues stands in SQS's place.
type queues struct {
	api.Unimplemented

	seen []call.Info
	next func(ctx context.Context) error // runs inside the operation
}

// GetQueueUrl notes who calls.
func (q *queues) GetQueueUrl(ctx context.Context, in *api.GetQueueUrlInput) (*api.GetQueueUrlOutput, error) {
	q.seen = append(q.seen, call.From(ctx))
	if q.next != nil {
		if err := q.next(ctx); err != nil {
			return nil, err
		}
	}
	return &api.GetQueueUrlOutput{QueueUrl: new("http://q/" + in.QueueName)}, nil
}

// spans keeps what the door tells of its calls.
type spans []*telemetry.Span

func (s *spans) RecordSpans(_ context.Context, _, _ string, told []*telemetry.Span) error {
	*s = append(*s, told...)
	return nil
}

// allow is an Authorizer that answers the same to all.
type allow struct{ err error }

func (a allow) Authorize(context.Context, call.Info, *wire.Service, *wire.Operation, any) error {
	return a.err
}

// fixture is a door with one service.
type fixture struct {
	door   *call.Door
	queues *queues
	log    *bytes.Buffer
	spans  spans
	tracer *telemetry.Tracer
}

// newDoor returns a door to a stand-in of SQS.
func newDoor(t testing.TB, authorizer call.Authorizer) *fixture {
	t.Helper()
	f := &fixture{queues: &queues{}, log: new(bytes.Buffer)}
	now, random, log := clock.NewFake(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)), ids.New(rand.Reader), slog.New(slog.NewJSONHandler(f.log, nil))
	f.tracer = telemetry.NewTracer(telemetry.TracerOptions{Clock: now, IDs: random, Log: log, All: true})
	f.tracer.Store(&f.spans)
	f.door = call.NewDoor(call.DoorOptions{Authorizer: authorizer, Clock: now, IDs: random, Log: log, Traces: f.tracer})
	f.door.Add(api.Model, f.queues)
	return f
}

// caller is a context in which a user calls.
func caller(t testing.TB) context.Context {
	t.Helper()
	return call.With(t.Context(), call.Info{
		Account: "123456789012", Region: "eu-west-1", RequestID: "outer", TraceID: "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
		Principal: call.Principal{Kind: call.User, Account: "123456789012", ARN: "arn:aws:iam::123456789012:user/u"},
	})
}

// code is an error's code, or its text.
func code(err error) string {
	var known wire.Error
	if errors.As(err, &known) {
		return known.ErrorCode()
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestInsideCallsInheritWhoAndWhereUnderTheirOwnRequestID(t *testing.T) {
	t.Parallel()
	f := newDoor(t, allow{})
	f.queues.next = func(ctx context.Context) error {
		f.queues.next = nil
		_, err := f.door.Call(ctx, "sqs", "GetQueueUrl", &api.GetQueueUrlInput{QueueName: "inner"})
		return err
	}
	out, err := call.Do[*api.GetQueueUrlOutput](caller(t), f.door, "sqs", "GetQueueUrl", &api.GetQueueUrlInput{QueueName: "q"})
	if err != nil || *out.QueueUrl != "http://q/q" {
		t.Fatalf("got %v, %v", out, err)
	}
	outer, inner := f.queues.seen[0], f.queues.seen[1]
	if outer.Account != "123456789012" || inner.Region != "eu-west-1" || inner.Principal != outer.Principal || inner.Partition != "aws" {
		t.Errorf("inner call %+v", inner)
	}
	if outer.RequestID == "outer" || inner.RequestID == outer.RequestID || len(inner.RequestID) != 36 {
		t.Errorf("request ids %q, %q", outer.RequestID, inner.RequestID)
	}
	f.tracer.Flush(t.Context())
	if len(f.spans) != 2 || f.spans[0].Parent != f.spans[1].ID || f.spans[1].Parent != "53995c3f42cd8ad8" || f.spans[0].Trace != "1-5759e988-bd862e3fe1be46a994272793" {
		t.Errorf("spans %+v", f.spans)
	}
}

func TestCallsThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		authorizer         call.Authorizer
		service, operation string
		in                 any
		want               string
	}{
		"unknown service":    {allow{}, "ec2", "RunInstances", nil, "UnknownServiceException"},
		"unknown operation":  {allow{}, "sqs", "Nothing", nil, "UnknownOperationException"},
		"not implemented":    {allow{}, "sqs", "ListQueues", &api.ListQueuesInput{}, "NotImplemented"},
		"not allowed":        {allow{&wire.APIError{Code: "AccessDenied"}}, "sqs", "GetQueueUrl", &api.GetQueueUrlInput{QueueName: "q"}, "AccessDenied"},
		"allowed, not valid": {allow{&wire.APIError{Code: "AccessDenied"}}, "sqs", "GetQueueUrl", &api.GetQueueUrlInput{}, "AccessDenied"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newDoor(t, tt.authorizer)
			_, err := f.door.Call(caller(t), tt.service, tt.operation, tt.in)
			if got := code(err); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if len(f.queues.seen) > 0 {
				t.Error("the operation ran")
			}
		})
	}
}

func TestJSONCallsSpeakTheModelsOwnNames(t *testing.T) {
	t.Parallel()
	f := newDoor(t, allow{})
	out, err := f.door.CallJSON(caller(t), "sqs", "GetQueueUrl", json.RawMessage(`{"QueueName":"q"}`))
	if err != nil || string(out) != `{"QueueUrl":"http://q/q"}` {
		t.Errorf("got %s, %v", out, err)
	}
	for _, in := range []string{`{"QueueName":1}`, `{`, `{}`} {
		if _, err := f.door.CallJSON(caller(t), "sqs", "GetQueueUrl", json.RawMessage(in)); code(err) == "" {
			t.Errorf("%s was accepted", in)
		}
	}
}

func TestAPanicIsAnErrorOfOurs(t *testing.T) {
	t.Parallel()
	f := newDoor(t, allow{})
	f.queues.next = func(context.Context) error { panic("broken invariant") }
	_, err := f.door.Call(caller(t), "sqs", "GetQueueUrl", &api.GetQueueUrlInput{QueueName: "q"})
	var known wire.Error
	if err == nil || errors.As(err, &known) || !strings.Contains(err.Error(), "broken invariant") {
		t.Errorf("got %v", err)
	}
	if !strings.Contains(f.log.String(), `"status":500`) || !strings.Contains(f.log.String(), `"level":"ERROR"`) {
		t.Errorf("log %s", f.log)
	}
}

func TestWhatNoRowHoldsIsTheCallersFault(t *testing.T) {
	t.Parallel()
	f := newDoor(t, allow{})
	for _, tt := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("put: %w", kv.ErrTooLarge), "ValidationException"},
		{errors.Join(&wire.APIError{Code: "LimitExceeded"}, kv.ErrTooLarge), "LimitExceeded"},
	} {
		f.queues.next = func(context.Context) error { return tt.err }
		if _, err := f.door.Call(caller(t), "sqs", "GetQueueUrl", &api.GetQueueUrlInput{QueueName: "q"}); code(err) != tt.want {
			t.Errorf("%v is told as %v", tt.err, err)
		}
	}
}

func TestEachCallLeavesOneLineWithoutItsInput(t *testing.T) {
	t.Parallel()
	f := newDoor(t, allow{})
	if _, err := f.door.Call(caller(t), "sqs", "GetQueueUrl", &api.GetQueueUrlInput{QueueName: "confidential"}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(f.log.String(), "\n"); n != 1 {
		t.Fatalf("%d lines: %s", n, f.log)
	}
	var line map[string]any
	if err := json.Unmarshal(f.log.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]any{
		"service": "sqs", "operation": "GetQueueUrl", "account": "123456789012", "region": "eu-west-1", "status": float64(200),
		"principal": "arn:aws:iam::123456789012:user/u", "trace": "1-5759e988-bd862e3fe1be46a994272793", "inside": true,
	} {
		if line[field] != want {
			t.Errorf("%s is %v, want %v", field, line[field], want)
		}
	}
	if strings.Contains(f.log.String(), "confidential") {
		t.Errorf("the input is in the log: %s", f.log)
	}
}

func TestServicesInsideActForThemselves(t *testing.T) {
	t.Parallel()
	f := newDoor(t, allow{})
	ctx := call.As(caller(t), "events.amazonaws.com", "arn:aws:events:us-east-1:000000000000:rule/r", "000000000000", "us-east-1")
	if _, err := f.door.Call(ctx, "sqs", "GetQueueUrl", &api.GetQueueUrlInput{QueueName: "q"}); err != nil {
		t.Fatal(err)
	}
	if got := f.queues.seen[0]; got.Account != "000000000000" || got.Principal.Kind != call.Service || got.Principal.Name() != "events.amazonaws.com" {
		t.Errorf("call %+v", got)
	}
}

// discardLog takes lines as a log file would, and drops them.
type discardLog struct{}

func (discardLog) Write(p []byte) (int, error) { return len(p), nil }

func BenchmarkDoor(b *testing.B) {
	for name, log := range map[string]*slog.Logger{
		"without a log": slog.New(slog.DiscardHandler),
		"with a log":    slog.New(slog.NewJSONHandler(discardLog{}, nil)),
	} {
		b.Run(name, func(b *testing.B) {
			door := call.NewDoor(call.DoorOptions{Authorizer: allow{}, Clock: clock.System{}, IDs: ids.New(ids.Buffered(rand.Reader)), Log: log})
			door.Add(api.Model, noop{})
			ctx := call.With(b.Context(), call.Info{Account: "123456789012", Region: "eu-west-1", RequestID: "r"})
			in := &api.GetQueueUrlInput{QueueName: "q"}
			op := new(wire.Operation)
			if _, found, err := door.Operation("sqs", "GetQueueUrl"); err != nil {
				b.Fatal(err)
			} else {
				op = found
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := door.Serve(ctx, api.Model, op, in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// dropped is a store of spans that keeps none.
type dropped struct{}

func (dropped) RecordSpans(context.Context, string, string, []*telemetry.Span) error { return nil }

// BenchmarkTracedDoor is what traces cost a call: of one that is not kept, and of
// one that is, without what its store does.
func BenchmarkTracedDoor(b *testing.B) {
	random := ids.New(ids.Buffered(rand.Reader))
	const header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled="
	for name, trace := range map[string]string{"off": header + "1", "not kept": header + "0", "kept": header + "1"} {
		b.Run(name, func(b *testing.B) {
			log := slog.New(slog.DiscardHandler)
			o := call.DoorOptions{Authorizer: allow{}, Clock: clock.System{}, IDs: random, Log: log}
			if name != "off" {
				o.Traces = telemetry.NewTracer(telemetry.TracerOptions{Clock: clock.System{}, IDs: random, Log: log, All: true})
				o.Traces.Store(dropped{})
			}
			door := call.NewDoor(o)
			door.Add(api.Model, noop{})
			ctx := call.With(b.Context(), call.Info{Account: "123456789012", Region: "eu-west-1", RequestID: "r", TraceID: trace})
			in := &api.GetQueueUrlInput{QueueName: "q"}
			_, op, err := door.Operation("sqs", "GetQueueUrl")
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := door.Serve(ctx, api.Model, op, in); err != nil {
					b.Fatal(err)
				}
				if i%1000 == 0 {
					o.Traces.Flush(ctx)
				}
			}
		})
	}
}

// noop answers nothing.
type noop struct{ api.Unimplemented }

// GetQueueUrl answers nothing.
func (noop) GetQueueUrl(context.Context, *api.GetQueueUrlInput) (*api.GetQueueUrlOutput, error) {
	return &api.GetQueueUrlOutput{}, nil
}

func TestTheNameOfADeliveryIsOnlyItsOwnCalls(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		within func(context.Context) context.Context
		want   string
	}{
		"the same context": {func(ctx context.Context) context.Context { return ctx }, ""},
		"as a service":     {func(ctx context.Context) context.Context { return call.As(ctx, "sns.amazonaws.com", "arn", "1", "r") }, ""},
		"a name of its own": {func(ctx context.Context) context.Context {
			info := call.From(ctx)
			info.Once = "another"
			return call.With(ctx, info)
		}, "another"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newDoor(t, allow{})
			f.queues.next = func(ctx context.Context) error {
				f.queues.next = nil
				_, err := f.door.Call(tt.within(ctx), "sqs", "GetQueueUrl", &api.GetQueueUrlInput{QueueName: "inner"})
				return err
			}
			info := call.From(caller(t))
			info.Once = "delivery"
			if _, err := f.door.Call(call.With(t.Context(), info), "sqs", "GetQueueUrl", &api.GetQueueUrlInput{QueueName: "q"}); err != nil {
				t.Fatal(err)
			}
			if outer, inner := f.queues.seen[0].Once, f.queues.seen[1].Once; outer != "delivery" || inner != tt.want {
				t.Errorf("the delivery's call has %q, the one it makes %q; want %q", outer, inner, tt.want)
			}
		})
	}
}
