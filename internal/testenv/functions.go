package testenv

import (
	"context"
	"encoding/json"
	"strings"
	"sync"

	lambda "maru.dev/maru/api/lambda"
	"maru.dev/maru/call"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// Functions stands in Lambda's place for what invokes functions: each is a Go
// function. There is one from the start, echo, which answers a gateway's event with
// the event.
type Functions struct {
	lambda.Unimplemented

	mu    sync.Mutex
	named map[string]Function
	calls map[string]int
	last  Invocation
}

// Function takes an event, and returns its answer. failed is its error's kind; ""
// for none.
type Function func(event []byte) (payload, failed string)

// Invocation is how a function was called.
type Invocation struct {
	Caller call.Info
	Async  bool
}

// NewFunctions returns functions that are looked up by their names.
func NewFunctions() *Functions {
	f := &Functions{named: make(map[string]Function), calls: make(map[string]int)}
	f.Set("echo", func(event []byte) (string, string) {
		out, err := json.Marshal(map[string]any{"statusCode": 200, "headers": map[string]string{"content-type": "application/json"}, "body": string(event)})
		if err != nil {
			return err.Error(), "Unhandled"
		}
		return string(out), ""
	})
	return f
}

// Registration puts the functions on a platform.
func (f *Functions) Registration() service.Registration {
	return service.Registration{Model: lambda.Model, New: func(service.Deps) any { return f }}
}

// Set makes a function.
func (f *Functions) Set(name string, fn Function) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.named[name] = fn
}

// Says makes a function that always answers the same.
func (f *Functions) Says(name, payload, failed string) {
	f.Set(name, func([]byte) (string, string) { return payload, failed })
}

// Called tells how often a function has run.
func (f *Functions) Called(name string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[name]
}

// Last is how a function was called the last time.
func (f *Functions) Last() Invocation {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last
}

// Invoke runs a function. One with the name throttled is over its limit.
func (f *Functions) Invoke(ctx context.Context, in *lambda.InvokeInput) (*lambda.InvokeOutput, error) {
	name := in.FunctionName[strings.LastIndexByte(in.FunctionName, ':')+1:]
	f.mu.Lock()
	fn := f.named[name]
	f.calls[name]++
	f.last = Invocation{Caller: call.From(ctx), Async: wire.Value(in.InvocationType) == lambda.InvocationTypeEvent}
	f.mu.Unlock()
	switch {
	case name == "throttled":
		return nil, &wire.APIError{Code: "TooManyRequestsException", Status: 429, Message: "Rate Exceeded."}
	case fn == nil:
		return nil, &wire.APIError{Code: "ResourceNotFoundException", Status: 404, Message: "Function not found: " + in.FunctionName}
	}
	payload, failed := fn(in.Payload)
	return &lambda.InvokeOutput{StatusCode: new(int32(200)), Payload: []byte(payload), FunctionError: wire.Optional(failed)}, nil
}

// InvokeWithResponseStream runs a function whose answer comes in pieces, which
// are separated by bars.
func (f *Functions) InvokeWithResponseStream(ctx context.Context, in *lambda.InvokeWithResponseStreamInput) (*lambda.InvokeWithResponseStreamOutput, error) {
	out, err := f.Invoke(ctx, &lambda.InvokeInput{FunctionName: in.FunctionName, InvocationType: new(lambda.InvocationTypeRequestResponse), Payload: in.Payload})
	if err != nil {
		return nil, err
	}
	return &lambda.InvokeWithResponseStreamOutput{EventStream: func(_ context.Context, emit func(any) error) error {
		done := &lambda.InvokeWithResponseStreamCompleteEvent{ErrorCode: out.FunctionError}
		if len(out.Payload) > 0 {
			for piece := range strings.SplitSeq(string(out.Payload), "|") {
				if err := emit(&lambda.InvokeWithResponseStreamResponseEvent{PayloadChunk: &lambda.InvokeResponseStreamUpdate{Payload: []byte(piece)}}); err != nil {
					return err
				}
			}
		}
		return emit(&lambda.InvokeWithResponseStreamResponseEvent{InvokeComplete: done})
	}}, nil
}
