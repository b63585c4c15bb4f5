package integrate

import (
	"context"
	"fmt"

	lambdaapi "maru.dev/maru/api/lambda"
	"maru.dev/maru/call"
	"maru.dev/maru/pattern/value"
)

// invoke calls a function that a task names by its ARN alone: the input is its
// event, and what it returns is the result.
func (i *Integrations) invoke(ctx context.Context, r Request) (any, error) {
	out, err := call.Do[*lambdaapi.InvokeOutput](ctx, i.caller, "lambda", "Invoke", &lambdaapi.InvokeInput{
		FunctionName: r.Resource.ARN, Payload: value.Text(r.Args),
	})
	if err != nil {
		t := target{svc: i.services.Named("lambda"), opt: &optimized{prefix: "Lambda", client: "AWSLambda"}}
		if t.svc == nil {
			return nil, fmt.Errorf("invoke function: %w", err)
		}
		return nil, i.failure(ctx, &t, err)
	}
	if out.FunctionError != nil {
		return nil, functionFailure(string(out.Payload))
	}
	return functionResult(string(out.Payload)), nil
}
