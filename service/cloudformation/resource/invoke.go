package resource

import (
	"context"
	"fmt"

	lambda "maru.dev/maru/api/lambda"
	"maru.dev/maru/call"
)

// invokeEvent calls a function without waiting for it.
func (r *Request) invokeEvent(ctx context.Context, function string, payload []byte) error {
	name, qualifier := functionOf(function)
	in := &lambda.InvokeInput{FunctionName: name, InvocationType: new("Event"), Payload: payload}
	if qualifier != "" {
		in.Qualifier = &qualifier
	}
	if _, err := call.Do[*lambda.InvokeOutput](ctx, r.Caller, "lambda", "Invoke", in); err != nil {
		return fmt.Errorf("invoke %s: %w", function, err)
	}
	return nil
}
