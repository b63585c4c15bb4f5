package functionurl

import (
	"encoding/json"
	"errors"
	"net/http"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/call"
	"maru.dev/maru/gateway/event"
	"maru.dev/maru/gateway/streamed"
	"maru.dev/maru/wire"
)

// plain is the content type of answers that name none.
const plain = "application/json"

// buffered invokes the function and sends its whole answer.
func (x *exchange) buffered() {
	payload, err := json.Marshal(x.event())
	if err != nil {
		x.fault("write event", err)
		return
	}
	out, err := call.Do[*api.InvokeOutput](x.as(), x.options.Caller, "lambda", "Invoke", &api.InvokeInput{
		FunctionName: x.function, InvocationType: new(api.InvocationTypeRequestResponse), Payload: payload,
	})
	switch {
	case err != nil:
		x.invocationFault(err)
		return
	case out.FunctionError != nil:
		x.functionFault(out.Payload)
		return
	}
	answer, err := event.ReadAnswer(out.Payload, "2.0", plain)
	if err != nil {
		x.functionFault(nil)
		return
	}
	x.send(answer.Status, answer.Header, answer.Body)
}

// functionFault is the answer when the function has failed: of why, only its
// own time limit is told.
func (x *exchange) functionFault(payload []byte) {
	var said struct {
		ErrorType string `json:"errorType"`
	}
	if json.Unmarshal(payload, &said) == nil && said.ErrorType == "Sandbox.Timedout" {
		x.refuse(http.StatusGatewayTimeout, "Sandbox.Timedout", `{"Message":"Gateway Timeout"}`)
		return
	}
	x.refuse(http.StatusBadGateway, "Unhandled", "Internal Server Error")
}

// invocationFault is the answer when the function could not be invoked.
func (x *exchange) invocationFault(err error) {
	var known wire.Error
	if !errors.As(err, &known) {
		x.fault("invoke", err)
		return
	}
	switch status := known.HTTPStatus(); status {
	case http.StatusTooManyRequests:
		x.refuse(status, known.ErrorCode(), `{"Reason":"ConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}`)
	case http.StatusNotFound: // the function or its alias is gone
		x.refuse(status, known.ErrorCode(), `{"Message":null}`)
	case http.StatusForbidden:
		x.refuse(status, known.ErrorCode(), `{"Message":"Forbidden"}`)
	case http.StatusRequestEntityTooLarge: // the event is larger than the request
		body, _ := json.Marshal(map[string]string{"Message": known.ErrorMessage()})
		x.refuse(status, known.ErrorCode(), string(body))
	default:
		x.refuse(http.StatusBadGateway, known.ErrorCode(), "Internal Server Error")
	}
}

// stream invokes the function and passes its answer on as it comes.
func (x *exchange) stream() {
	payload, err := json.Marshal(x.event())
	if err != nil {
		x.fault("write event", err)
		return
	}
	ctx := x.as()
	out, err := call.Do[*api.InvokeWithResponseStreamOutput](ctx, x.options.Caller, "lambda", "InvokeWithResponseStream",
		&api.InvokeWithResponseStreamInput{FunctionName: x.function, Payload: payload})
	if err != nil {
		x.invocationFault(err)
		return
	}
	s := streamed.Answer{
		Begin: x.begin, Pass: x.pass,
		Refuse: func(code string) {
			kind, _ := json.Marshal(map[string]string{"errorType": code})
			x.functionFault(kind)
		},
	}
	err = out.EventStream(ctx, s.Receive)
	switch {
	case err != nil && !s.Begun():
		x.invocationFault(err)
	case err != nil || s.Failed():
		// What was sent cannot be taken back: cut, so that the client knows.
		panic(http.ErrAbortHandler)
	}
}

// begin sends status and headers of a stream.
func (x *exchange) begin(status int, header http.Header) {
	h := x.w.Header()
	for name, values := range header {
		if x.cors == nil || !isCors(name) {
			h[name] = values
		}
	}
	x.w.WriteHeader(status)
}

// pass sends a part of a stream's body at once.
func (x *exchange) pass(chunk []byte) {
	if x.r.Method == http.MethodHead {
		return
	}
	_, _ = x.w.Write(chunk) // the client may be gone
	_ = http.NewResponseController(x.w).Flush()
}
