package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	lambda "maru.dev/maru/api/lambda"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/gateway/event"
	"maru.dev/maru/gateway/plan"
	"maru.dev/maru/wire"
)

var (
	errNoTarget = errors.New("the route leads to no integration, or to one that cannot be read")
	errNoARN    = errors.New("the integration's URI is not a function's ARN")
	errTimeout  = errors.New("the integration has not answered in time")
)

// callFunction gives the request to a function and reads its answer.
func (g *Gateway) callFunction(x *exchange, i *integrationPlan) *reply {
	if answer := x.readBody(); answer != nil {
		return answer
	}
	fn, ok := plan.FunctionARN(value(i.IntegrationUri))
	if !ok {
		return x.fault("integration", errNoARN)
	}
	format := value(i.PayloadFormatVersion)
	var sent any
	if format == "2.0" {
		sent = x.eventV2()
	} else {
		sent = x.eventV1()
	}
	payload, err := json.Marshal(sent)
	if err != nil {
		return x.fault("event", err)
	}
	out, err := g.invokeFunction(x, fn, payload, i.timeout)
	if err != nil {
		return x.functionFault(err)
	}
	x.integrationStatus = int(value(out.StatusCode))
	if out.FunctionError != nil {
		x.integrationError = string(out.Payload)
		return message(http.StatusInternalServerError, "Internal Server Error")
	}
	told, err := event.ReadAnswer(out.Payload, format, "text/plain;charset=UTF-8")
	if err != nil {
		x.integrationError = err.Error()
		return message(http.StatusInternalServerError, "Internal Server Error")
	}
	answer := &reply{status: told.Status, header: told.Header, body: told.Body}
	x.integrationStatus = answer.status
	x.applyAnswer(i, answer)
	return answer
}

// invokeFunction runs a function and waits for as long as timeout. A function
// that takes longer goes on; nobody waits for its answer.
func (g *Gateway) invokeFunction(x *exchange, fn string, payload []byte, timeout time.Duration) (*lambda.InvokeOutput, error) {
	return g.invokeAs(x, x.sourceARN(), fn, payload, timeout)
}

// invokeAs is invokeFunction on behalf of a resource of the API.
func (g *Gateway) invokeAs(x *exchange, source, fn string, payload []byte, timeout time.Duration) (*lambda.InvokeOutput, error) {
	a, err := arn.Parse(fn)
	if err != nil {
		return nil, err
	}
	type outcome struct {
		out *lambda.InvokeOutput
		err error
	}
	ctx := call.As(context.WithoutCancel(x.r.Context()), servicePrincipal, source, a.Account, a.Region)
	done := make(chan outcome, 1)
	go func() {
		out, err := call.Do[*lambda.InvokeOutput](ctx, g.options.Caller, "lambda", "Invoke", &lambda.InvokeInput{
			FunctionName: fn, InvocationType: new(lambda.InvocationTypeRequestResponse), Payload: payload,
		})
		done <- outcome{out, err}
	}()
	limit := clock.System{}.NewTimer(timeout) // the client waits in real time
	defer limit.Stop()
	select {
	case o := <-done:
		return o.out, o.err
	case <-limit.C():
		return nil, errTimeout
	case <-x.r.Context().Done():
		return nil, context.Cause(x.r.Context())
	}
}

// functionFault is the answer when a function could not be run.
func (x *exchange) functionFault(err error) *reply {
	x.integrationError = err.Error()
	var known wire.Error
	switch {
	case errors.Is(err, errTimeout) || isTimeout(err):
		return message(http.StatusServiceUnavailable, "Service Unavailable")
	case !errors.As(err, &known):
		return x.fault("function", fmt.Errorf("invoke: %w", err))
	}
	switch x.integrationStatus = known.HTTPStatus(); known.HTTPStatus() {
	case http.StatusRequestEntityTooLarge:
		return message(http.StatusRequestEntityTooLarge, "Request Entity Too Large")
	case http.StatusTooManyRequests:
		return message(http.StatusServiceUnavailable, "Service Unavailable")
	}
	return message(http.StatusInternalServerError, "Internal Server Error")
}
