package task

import (
	"context"

	lambda "maru.dev/maru/api/lambda"
	"maru.dev/maru/arn"
)

// toLambda invokes a function asynchronously with the payload as its event.
// Once the function's service has taken the event in, retrying is its affair.
func toLambda(ctx context.Context, q *Queue, _ *Run, d *Delivery) error {
	a, err := arn.Parse(d.Target)
	if err != nil {
		return permanent{err}
	}
	_, err = q.caller.Call(d.as(ctx, a), "lambda", "Invoke", &lambda.InvokeInput{
		FunctionName:   d.Target,
		InvocationType: new("Event"),
		Payload:        d.Payload,
	})
	return err
}
