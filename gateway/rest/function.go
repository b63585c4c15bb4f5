package rest

import (
	"encoding/json"
	"net/http"
	"strings"

	api "maru.dev/maru/api/apigateway"
	lambda "maru.dev/maru/api/lambda"
	"maru.dev/maru/gateway/event"
	"maru.dev/maru/gateway/invoke"
	"maru.dev/maru/wire"
)

// callFunction gives the request to a function as it is, and answers what the
// function says.
func (g *Gateway) callFunction(x *exchange, fn string) *reply {
	if answer := x.readBody(); answer != nil {
		return answer
	}
	e := x.event()
	x.addBody(e)
	payload, err := json.Marshal(e)
	if err != nil {
		return x.fault("event", err)
	}
	x.logSent(fn, &outgoing{body: payload})
	if wire.Value(x.method.integration.ResponseTransferMode) == api.ResponseTransferModeStream {
		return g.streamFunction(x, fn, payload)
	}
	out, err := x.run(fn, payload, false)
	if err != nil {
		return x.unanswered(err)
	}
	x.integration.status = http.StatusOK
	x.logReceived(&result{status: http.StatusOK, body: out.Payload})
	if out.FunctionError != nil {
		x.integration.failure = errorMessage(out.Payload)
		x.execution.Failf("Lambda execution failed with status 200 due to customer function error: %s", x.integration.failure)
		return x.refuse(badAnswer, "Internal server error")
	}
	told, err := event.ReadProxyAnswer(out.Payload, "application/json", func(h http.Header) bool { return x.acceptsBinary(h.Get("Content-Type")) })
	if err != nil {
		x.integration.failure = err.Error()
		x.execution.Failf("Execution failed due to configuration error: Malformed Lambda proxy response")
		return x.refuse(badAnswer, "Internal server error")
	}
	return &reply{status: told.Status, header: remapped(told.Header), body: told.Body}
}

// run invokes a function for the method.
func (x *exchange) run(fn string, payload []byte, async bool) (*lambda.InvokeOutput, error) {
	i := x.method.integration
	call := invoke.Function{ARN: fn, Source: x.sourceARN(), Role: i.role(), Payload: payload, Timeout: i.timeout, Async: async}
	return call.Run(x.r.Context(), x.g.options.Caller)
}

// callFunctionMapped gives a function what the method's templates make of the
// request, and answers what they make of its answer.
func (g *Gateway) callFunctionMapped(x *exchange, fn string) *reply {
	m, answer := x.mapped()
	if answer != nil {
		return answer
	}
	if len(m.body) == 0 {
		m.body = []byte("{}")
	}
	x.logSent(fn, m)
	out, err := x.run(fn, m.body, strings.EqualFold(m.header.Get("X-Amz-Invocation-Type"), "Event"))
	if err != nil {
		return x.unanswered(err)
	}
	res := &result{status: http.StatusOK, header: http.Header{"Content-Type": {"application/json"}}, body: out.Payload, function: true}
	if out.StatusCode != nil {
		res.status = int(*out.StatusCode)
	}
	if out.FunctionError != nil {
		res.failure = errorMessage(out.Payload)
	}
	return x.answer(res)
}
