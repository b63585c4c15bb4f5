package task

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"maru.dev/maru/call"
)

// maxExchangeReply is how much of an answer Exchange returns.
const maxExchangeReply = 1 << 20

// Request is an HTTP request that a handler makes.
type Request struct {
	Method  string
	URL     string
	Header  map[string]string
	Body    []byte
	Timeout time.Duration // 15 seconds when zero
	// Sign, if set, has the request signed.
	Sign *Signature
}

// Reply is the answer to a Request.
type Reply struct {
	Status int
	Reason string            // the status in words
	Header map[string]string // the first value of each, by canonical name
	Body   []byte            // its beginning
}

// Exchange makes an HTTP request for a handler whose target is outside. Any
// answer is a success here; a request that cannot be made is one that no retry
// will mend (see Final).
func (q *Queue) Exchange(ctx context.Context, r Request) (Reply, error) {
	timeout := r.Timeout
	if timeout <= 0 {
		timeout = httpTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return Reply{}, permanent{err}
	}
	for name, value := range r.Header {
		req.Header.Set(name, value)
	}
	if r.Sign != nil {
		if err := q.sign(ctx, req, r); err != nil {
			return Reply{}, err
		}
	}
	header, told := q.outside(ctx, call.From(ctx).TraceID, 0, req)
	if header != "" {
		req.Header.Set("X-Amzn-Trace-Id", header)
	}
	answer, err := q.http.Do(req)
	if err != nil {
		told(0, err)
		return Reply{}, fmt.Errorf("call endpoint: %w", err)
	}
	defer answer.Body.Close()
	told(answer.StatusCode, nil)
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxExchangeReply))
	if err != nil {
		return Reply{}, fmt.Errorf("read the endpoint's answer: %w", err)
	}
	reply := Reply{Status: answer.StatusCode, Reason: http.StatusText(answer.StatusCode), Header: make(map[string]string, len(answer.Header)), Body: body}
	for name := range answer.Header {
		reply.Header[name] = answer.Header.Get(name)
	}
	return reply, nil
}

// Final tells whether an error of a delivery is one that no retry will mend: a
// target's refusal, or a request that cannot be made.
func Final(err error) bool { return final(err) }
