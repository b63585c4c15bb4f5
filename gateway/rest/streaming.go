package rest

import (
	"errors"
	"io"
	"net/http"

	lambda "maru.dev/maru/api/lambda"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/gateway/invoke"
	"maru.dev/maru/gateway/streamed"
)

// errCut is why a streamed answer ends before its end.
var errCut = errors.New("the function has failed while it answered")

// streamFunction invokes a function and passes its answer on as it comes. The
// integration's timeout is that of its beginning.
func (g *Gateway) streamFunction(x *exchange, fn string, payload []byte) *reply {
	a, err := arn.Parse(fn)
	if err != nil {
		return x.broken(err.Error())
	}
	i := x.method.integration
	ctx := invoke.As(x.r.Context(), x.sourceARN(), i.role(), a.Account, a.Region)
	from, to := io.Pipe()
	begun, refused, ended := make(chan *reply, 1), make(chan string, 1), make(chan error, 1)
	s := streamed.Answer{
		Begin:  func(status int, h http.Header) { begun <- &reply{status: status, header: remapped(h), stream: from} },
		Pass:   func(piece []byte) { _, _ = to.Write(piece) }, // the client may be gone: the function runs to its end
		Refuse: func(code string) { refused <- code },
	}
	go func() {
		out, err := call.Do[*lambda.InvokeWithResponseStreamOutput](ctx, g.options.Caller, "lambda", "InvokeWithResponseStream",
			&lambda.InvokeWithResponseStreamInput{FunctionName: fn, Payload: payload})
		if err == nil {
			err = out.EventStream(ctx, s.Receive)
		}
		if !s.Begun() {
			ended <- err
		}
		if err == nil && s.Failed() {
			err = errCut
		}
		_ = to.CloseWithError(err) // it never fails
	}()
	limit := clock.System{}.NewTimer(i.timeout) // the client waits in real time
	defer limit.Stop()
	select {
	case answer := <-begun:
		x.integration.status = answer.status
		return answer
	case code := <-refused:
		x.integration.failure = code
		x.execution.Failf("Lambda execution failed with status 200 due to customer function error: %s", code)
		return x.refuse(badAnswer, "Internal server error")
	case err = <-ended:
	case <-limit.C():
		err = invoke.ErrTimeout
	case <-x.r.Context().Done():
		err = x.r.Context().Err()
	}
	_ = from.Close() // nobody reads what may come
	return x.unanswered(err)
}
