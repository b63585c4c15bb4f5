package lambda

import (
	"context"
	"fmt"
	"io"

	api "maru.dev/maru/api/lambda"
)

// InvokeAsync takes an event in, as Invoke does with the Event type; AWS keeps
// it for old clients.
//
// Spec: Lambda API Reference, InvokeAsync.
func (s *Service) InvokeAsync(ctx context.Context, in *api.InvokeAsyncInput) (*api.InvokeAsyncOutput, error) {
	var payload []byte
	if in.InvokeArgs != nil {
		var err error
		if payload, err = io.ReadAll(io.LimitReader(in.InvokeArgs, maxAsyncPayload+1)); err != nil {
			return nil, fmt.Errorf("read event: %w", err)
		}
	}
	_, err := s.Invoke(ctx, &api.InvokeInput{FunctionName: in.FunctionName, InvocationType: new(api.InvocationTypeEvent), Payload: payload})
	if err != nil {
		return nil, err
	}
	return &api.InvokeAsyncOutput{Status: new(int32(202))}, nil
}
