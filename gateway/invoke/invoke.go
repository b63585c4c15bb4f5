// Package invoke runs functions for gateways, which wait for their answers only as
// long as their clients do.
package invoke

import (
	"context"
	"errors"
	"net"
	"time"

	lambda "maru.dev/maru/api/lambda"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
)

// Principal is as whom gateways call.
const Principal = "apigateway.amazonaws.com"

// ErrTimeout is why there is no answer.
var ErrTimeout = errors.New("the integration has not answered in time")

// Function is an invocation.
type Function struct {
	ARN     string
	Source  string // ARN of what the gateway calls for
	Role    string // in which it does; "" for the gateway's own right
	Payload []byte
	Timeout time.Duration
	Async   bool // an answer is not waited for
}

// Run invokes the function and waits for as long as its timeout. A function that
// takes longer goes on; nobody waits for its answer.
func (f *Function) Run(ctx context.Context, caller call.Caller) (*lambda.InvokeOutput, error) {
	a, err := arn.Parse(f.ARN)
	if err != nil {
		return nil, err
	}
	type outcome struct {
		out *lambda.InvokeOutput
		err error
	}
	inner := As(ctx, f.Source, f.Role, a.Account, a.Region)
	kind := lambda.InvocationTypeRequestResponse
	if f.Async {
		kind = lambda.InvocationTypeEvent
	}
	done := make(chan outcome, 1)
	go func() {
		out, err := call.Do[*lambda.InvokeOutput](inner, caller, "lambda", "Invoke", &lambda.InvokeInput{
			FunctionName: f.ARN, InvocationType: &kind, Payload: f.Payload,
		})
		done <- outcome{out, err}
	}()
	limit := clock.System{}.NewTimer(f.Timeout) // the client waits in real time
	defer limit.Stop()
	select {
	case o := <-done:
		return o.out, o.err
	case <-limit.C():
		return nil, ErrTimeout
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// As is the context in which a gateway calls an operation for one of its
// resources: in a role, or in its own right. A client that goes away does not end
// the call.
func As(ctx context.Context, source, role, account, region string) context.Context {
	ctx = context.WithoutCancel(ctx)
	if role != "" {
		return call.InRole(ctx, Principal, role, "apigateway", account, region)
	}
	return call.As(ctx, Principal, source, account, region)
}

// IsTimeout tells an error of waiting for too long.
func IsTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, ErrTimeout) || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}
