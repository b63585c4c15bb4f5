package call_test

import (
	"context"
	"errors"
	"testing"
	"time"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/call"
	"maru.dev/maru/telemetry"
	"maru.dev/maru/wire"
)

func TestSpansTellHowCallsEnd(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err     error
		outcome telemetry.Outcome
		status  int
		code    string
	}{
		"well":         {nil, telemetry.OK, 200, ""},
		"as refused":   {&wire.APIError{Code: "InvalidParameterValue", Message: "no", Status: 400}, telemetry.Error, 400, "InvalidParameterValue"},
		"as throttled": {&wire.APIError{Code: "RequestThrottled", Message: "later", Status: 403}, telemetry.Throttle, 403, "RequestThrottled"},
		"as too many":  {&wire.APIError{Code: "X", Message: "later", Status: 429}, telemetry.Throttle, 429, "X"},
		"our fault":    {errors.New("the disk is gone"), telemetry.Fault, 500, "InternalFailure"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newDoor(t, allow{})
			f.queues.next = func(context.Context) error { return tt.err }
			_, _ = f.door.Call(caller(t), "sqs", "GetQueueUrl", &api.GetQueueUrlInput{QueueName: "q"})
			f.tracer.Flush(t.Context())
			if len(f.spans) != 1 {
				t.Fatalf("%d spans", len(f.spans))
			}
			s := f.spans[0]
			if s.Outcome != tt.outcome || s.HTTP.Status != tt.status || s.Code != tt.code || s.Type != "AWS::SQS" || s.Operation != "GetQueueUrl" || s.Request == "" {
				t.Errorf("%+v", s)
			}
			if tt.outcome == telemetry.Fault && s.Message != "" {
				t.Errorf("the trace tells what only the log may: %q", s.Message)
			}
		})
	}
}

func TestOnlyHopsAreTold(t *testing.T) {
	t.Parallel()
	const kept = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled="
	service := call.Principal{Kind: call.Service, Service: "lambda.amazonaws.com"}
	tests := map[string]struct {
		trace string
		who   call.Principal
		want  int
	}{
		"a user's call":                   {kept + "1", call.Principal{Kind: call.User}, 1},
		"a service's for itself":          {kept + "1", service, 0},
		"in a trace that is not kept":     {kept + "0", call.Principal{Kind: call.User}, 0},
		"that nobody has decided about":   {kept + "?", call.Principal{Kind: call.User}, 0},
		"outside of any trace":            {"", call.Principal{Kind: call.User}, 0},
		"in what is no trace":             {"Root=x;Sampled=1", call.Principal{Kind: call.User}, 0},
		"of a trace without a first span": {"Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1", call.Principal{Kind: call.User}, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newDoor(t, allow{})
			ctx := call.With(t.Context(), call.Info{Account: "123456789012", Region: "eu-west-1", TraceID: tt.trace, Principal: tt.who})
			if _, err := f.door.Call(ctx, "sqs", "GetQueueUrl", &api.GetQueueUrlInput{QueueName: "q"}); err != nil {
				t.Fatal(err)
			}
			f.tracer.Flush(t.Context())
			if len(f.spans) != tt.want {
				t.Errorf("%d spans, want %d", len(f.spans), tt.want)
			}
			inner, ok := telemetry.ParseTrace(f.queues.seen[0].TraceID)
			if !ok || inner.Open() || tt.want == 1 && inner.Parent != f.spans[0].ID {
				t.Errorf("what it calls goes on in %q", f.queues.seen[0].TraceID)
			}
		})
	}
}

// A call that the edge refuses is part of its caller's trace, if it is known who
// calls.
func TestRefusedCallsOfKnownCallersAreHops(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		operation string
		who       call.Kind
		trace     string
		want      int
	}{
		"a user's":              {"SendMessage", call.User, call.From(caller(t)).TraceID, 1},
		"one that begins it":    {"SendMessage", call.User, "", 1},
		"in a trace not kept":   {"SendMessage", call.User, "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0", 0},
		"a stranger's":          {"SendMessage", call.Anonymous, call.From(caller(t)).TraceID, 0},
		"of what is not there":  {"SendLetter", call.User, call.From(caller(t)).TraceID, 0},
		"of one that only asks": {"ListQueues", call.User, "", 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newDoor(t, allow{})
			info := call.From(caller(t))
			info.TraceID, info.Principal.Kind = tt.trace, tt.who
			f.door.Refuse(call.With(t.Context(), info), "sqs", tt.operation, time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC),
				&wire.APIError{Code: "SerializationException", Message: "no JSON", Status: 400})
			f.tracer.Flush(t.Context())
			if len(f.spans) != tt.want {
				t.Fatalf("%d spans, want %d", len(f.spans), tt.want)
			}
			if tt.want == 0 {
				return
			}
			s := f.spans[0]
			if s.Type != "AWS::SQS" || s.Outcome != telemetry.Error || s.Code != "SerializationException" || s.Operation != tt.operation {
				t.Errorf("%+v", s)
			}
		})
	}
}
