package functionurl

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/call"
	"maru.dev/maru/gateway/event"
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

// maxPrelude is how long status and headers of a stream may be.
const maxPrelude = 16 << 10

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
	s := streamed{x: x}
	err = out.EventStream(ctx, s.receive)
	switch {
	case err != nil && !s.begun:
		x.invocationFault(err)
	case err != nil || s.failed:
		// What was sent cannot be taken back: cut, so that the client knows.
		panic(http.ErrAbortHandler)
	}
}

// streamed is a stream on its way to the client.
type streamed struct {
	x      *exchange
	held   []byte // until it is known whether it is a prelude
	begun  bool
	failed bool // after it had begun
}

// receive takes one event of the stream. A client that is gone is no error: the
// function runs to its end.
func (s *streamed) receive(e any) error {
	part, ok := e.(*api.InvokeWithResponseStreamResponseEvent)
	switch {
	case !ok:
	case part.PayloadChunk != nil:
		s.write(part.PayloadChunk.Payload)
	case part.InvokeComplete != nil:
		s.end(part.InvokeComplete)
	}
	return nil
}

// write passes a chunk on, after what is held back.
func (s *streamed) write(chunk []byte) {
	if s.begun {
		s.pass(chunk)
		return
	}
	s.held = append(s.held, chunk...)
	if len(s.held) == 0 {
		return
	}
	before, after, found := bytes.Cut(s.held, make([]byte, 8))
	switch {
	case s.held[0] == '{' && found:
		if answer, err := event.ReadAnswer(withStatus(before), "2.0", "application/octet-stream"); err == nil {
			s.begin(answer.Status, answer.Header)
			s.pass(after)
			return
		}
		s.beginPlain()
	case s.held[0] != '{' || len(s.held) > maxPrelude:
		s.beginPlain()
	}
}

// withStatus is a prelude in which statusCode, which may be left out, is given.
func withStatus(prelude []byte) []byte {
	var m map[string]json.RawMessage
	if json.Unmarshal(prelude, &m) != nil {
		return prelude
	}
	if m["statusCode"] == nil {
		m["statusCode"] = json.RawMessage("200")
	}
	out, err := json.Marshal(m)
	if err != nil {
		return prelude
	}
	return out
}

// beginPlain begins a stream that has no prelude, with what is held back.
func (s *streamed) beginPlain() {
	s.begin(http.StatusOK, http.Header{"Content-Type": {"application/octet-stream"}})
	s.pass(s.held)
	s.held = nil
}

// begin sends status and headers.
func (s *streamed) begin(status int, header http.Header) {
	s.begun = true
	h := s.x.w.Header()
	for name, values := range header {
		if s.x.cors == nil || !isCors(name) {
			h[name] = values
		}
	}
	s.x.w.WriteHeader(status)
}

// pass sends a part of the body at once.
func (s *streamed) pass(chunk []byte) {
	if s.x.r.Method == http.MethodHead {
		return
	}
	_, _ = s.x.w.Write(chunk) // the client may be gone
	_ = http.NewResponseController(s.x.w).Flush()
}

// end ends the stream.
func (s *streamed) end(done *api.InvokeWithResponseStreamCompleteEvent) {
	switch {
	case done.ErrorCode != nil && s.begun:
		s.failed = true
	case done.ErrorCode != nil:
		kind, _ := json.Marshal(map[string]string{"errorType": *done.ErrorCode})
		s.begun = true
		s.x.functionFault(kind)
	case !s.begun:
		s.beginPlain()
	}
}
