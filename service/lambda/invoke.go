package lambda

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// How large payloads may be.
const (
	maxSyncPayload  = 6 * 1024 * 1024
	maxAsyncPayload = 1024 * 1024
)

// Invoke runs a function and returns its answer, or takes an event in and
// returns at once: then the event is on disk and will be run.
//
// Spec: Lambda API Reference, Invoke.
func (s *Service) Invoke(ctx context.Context, in *api.InvokeInput) (*api.InvokeOutput, error) {
	t, err := locate(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	kind := wire.Or(in.InvocationType, api.InvocationTypeRequestResponse)
	if err := checkPayload(in.Payload, kind); err != nil {
		return nil, err
	}
	inv := s.newInvocation(ctx, t, in.Payload)
	inv.tail = wire.Value(in.LogType) == api.LogTypeTail
	if inv.clientContext, err = decodeClientContext(in.ClientContext); err != nil {
		return nil, err
	}
	switch kind {
	case api.InvocationTypeDryRun:
		version, err := s.dryRun(ctx, t)
		if err != nil {
			return nil, err
		}
		return &api.InvokeOutput{StatusCode: new(int32(204)), ExecutedVersion: &version}, nil
	case api.InvocationTypeEvent:
		if err := s.enqueue(ctx, inv); err != nil {
			return nil, err
		}
		s.measureOne(t, asyncReceived, 1)
		return &api.InvokeOutput{StatusCode: new(int32(202))}, nil
	}
	o, err := s.execute(ctx, inv)
	if err != nil {
		return nil, err
	}
	out := &api.InvokeOutput{
		StatusCode: new(int32(200)), Payload: o.Payload, ExecutedVersion: new(o.version.Version),
		FunctionError: wire.Optional(o.FunctionError),
	}
	if inv.tail {
		out.LogResult = new(base64.StdEncoding.EncodeToString(o.LogTail))
	}
	return out, nil
}

// newInvocation is an invocation with its ids. The payload is copied: a caller
// that goes away takes its buffers along, and the function runs on.
func (s *Service) newInvocation(ctx context.Context, t target, payload []byte) invocation {
	info := call.From(ctx)
	inv := invocation{target: t, requestID: info.RequestID, traceID: info.TraceID, payload: bytes.Clone(payload)}
	if inv.requestID == "" || info.Principal.Kind == call.Service {
		inv.requestID = s.IDs.UUID() // one request may invoke many times
	}
	if inv.traceID == "" {
		now := strconv.FormatInt(s.Clock.Now().Unix(), 16)
		inv.traceID = "Root=1-" + now + "-" + s.IDs.Hex(24) + ";Parent=" + s.IDs.Hex(16) + ";Sampled=0"
	}
	return inv
}

// dryRun says which version would run.
func (s *Service) dryRun(ctx context.Context, t target) (name string, err error) {
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		_, v, err := resolve(tx, t, 1)
		if err == nil {
			name = v.Version
		}
		return err
	})
	return name, err
}

// checkPayload checks an event's size and form.
func checkPayload(payload []byte, kind string) error {
	limit := maxSyncPayload
	if kind == api.InvocationTypeEvent {
		limit = maxAsyncPayload
	}
	if len(payload) > limit {
		return &api.RequestTooLargeException{Type: new("User"), Message: fmt.Sprintf(
			"%d byte payload is too large for the %s invocation type (service limit %d bytes)", len(payload), kind, limit)}
	}
	if len(payload) > 0 && !json.Valid(payload) {
		var any json.RawMessage
		err := json.Unmarshal(payload, &any)
		return &api.InvalidRequestContentException{Type: new("User"), Message: fmt.Sprintf(
			"Could not parse request body into json: Could not parse payload into json: %v", err)}
	}
	return nil
}

// decodeClientContext reads the JSON that a client sent as base64.
func decodeClientContext(sent *string) (string, error) {
	if sent == nil || *sent == "" {
		return "", nil
	}
	text, err := base64.StdEncoding.DecodeString(*sent)
	if err != nil || !json.Valid(text) || len(text) > 3583 {
		return "", &api.InvalidRequestContentException{Type: new("User"), Message: "Client context must be a valid Base64-encoded JSON object."}
	}
	var compact bytes.Buffer // it travels in a header
	if err := json.Compact(&compact, text); err != nil {
		return "", fmt.Errorf("compact client context: %w", err)
	}
	return compact.String(), nil
}
