package lambda

import (
	"context"
	"encoding/base64"
	"encoding/json"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/wire"
)

// InvokeWithResponseStream runs a function and passes its answer on as it
// comes.
//
// Spec: Lambda API Reference, InvokeWithResponseStream.
func (s *Service) InvokeWithResponseStream(ctx context.Context, in *api.InvokeWithResponseStreamInput) (*api.InvokeWithResponseStreamOutput, error) {
	t, err := locate(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	if err := checkPayload(in.Payload, api.InvocationTypeRequestResponse); err != nil {
		return nil, err
	}
	inv := s.newInvocation(ctx, t, in.Payload)
	inv.tail = wire.Value(in.LogType) == api.LogTypeTail
	if inv.clientContext, err = decodeClientContext(in.ClientContext); err != nil {
		return nil, err
	}
	if wire.Value(in.InvocationType) == api.InvocationTypeDryRun {
		version, err := s.dryRun(ctx, t)
		if err != nil {
			return nil, err
		}
		return &api.InvokeWithResponseStreamOutput{StatusCode: new(int32(204)), ExecutedVersion: &version}, nil
	}
	p, err := s.boardFlight(ctx, &inv)
	if err != nil {
		return nil, err
	}
	return &api.InvokeWithResponseStreamOutput{
		StatusCode: new(int32(200)), ExecutedVersion: new(p.version.Version),
		ResponseStreamContentType: new("application/vnd.amazon.eventstream"),
		EventStream:               func(ctx context.Context, send func(any) error) error { return s.streamAnswer(ctx, p, inv, send) },
	}, nil
}

// streamAnswer runs an invocation that was let through and sends what it
// answers.
func (s *Service) streamAnswer(ctx context.Context, p *flight, inv invocation, send func(any) error) error {
	inv.stream = eventWriter(send)
	o, err := s.fly(ctx, p, inv)
	if err != nil {
		return err
	}
	end := &api.InvokeWithResponseStreamCompleteEvent{}
	if o.FunctionError != "" {
		end.ErrorCode = new(wire.Or(wire.Optional(o.ErrorType), o.FunctionError))
		end.ErrorDetails = new(string(o.Payload))
		if !json.Valid(o.Payload) {
			end.ErrorDetails = new(errorMessage(o.Payload))
		}
	}
	if inv.tail {
		end.LogResult = new(base64.StdEncoding.EncodeToString(o.LogTail))
	}
	return send(&api.InvokeWithResponseStreamResponseEvent{InvokeComplete: end})
}

// eventWriter sends what is written as chunks of an event stream.
type eventWriter func(send any) error

// Write sends one chunk.
func (w eventWriter) Write(p []byte) (int, error) {
	err := w(&api.InvokeWithResponseStreamResponseEvent{PayloadChunk: &api.InvokeResponseStreamUpdate{Payload: p}})
	if err != nil {
		return 0, err
	}
	return len(p), nil
}
