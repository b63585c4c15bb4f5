package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"maru.dev/maru/gateway/event"
	"maru.dev/maru/gateway/invoke"
	"maru.dev/maru/gateway/plan"
	"maru.dev/maru/wire"
)

var (
	errNoTarget = errors.New("the route leads to no integration, or to one that cannot be read")
	errNoARN    = errors.New("the integration's URI is not a function's ARN")
)

// callFunction gives the request to a function and reads its answer.
func (g *Gateway) callFunction(x *exchange, i *integrationPlan) *reply {
	if answer := x.readBody(); answer != nil {
		return answer
	}
	fn, ok := plan.FunctionARN(wire.Value(i.IntegrationUri))
	if !ok {
		return x.fault("integration", errNoARN)
	}
	format := wire.Value(i.PayloadFormatVersion)
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
	out, err := (&invoke.Function{ARN: fn, Source: x.sourceARN(), Payload: payload, Timeout: i.timeout}).Run(x.r.Context(), g.options.Caller)
	if err != nil {
		return x.functionFault(err)
	}
	x.integrationStatus = int(wire.Value(out.StatusCode))
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

// functionFault is the answer when a function could not be run.
func (x *exchange) functionFault(err error) *reply {
	x.integrationError = err.Error()
	var known wire.Error
	switch {
	case invoke.IsTimeout(err):
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
