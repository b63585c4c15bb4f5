package task

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	// httpTimeout is how long an endpoint has to answer, as in SNS.
	httpTimeout = 15 * time.Second
	// maxReply is how much of an endpoint's answer is read, to use its
	// connection again.
	maxReply = 64 << 10
)

// newHTTPClient returns the client of HTTP deliveries. It follows no redirects:
// a target is where its owner said it is.
func newHTTPClient() *http.Client {
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:            (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
			TLSHandshakeTimeout:    5 * time.Second,
			MaxIdleConnsPerHost:    16,
			IdleConnTimeout:        time.Minute,
			MaxResponseHeaderBytes: 64 << 10,
			ForceAttemptHTTP2:      true,
		},
	}
}

// statusError is an endpoint's answer that is no success.
type statusError struct{ status int }

// Error tells the answer's status.
func (e statusError) Error() string {
	return fmt.Sprintf("the endpoint answered %d %s", e.status, http.StatusText(e.status))
}

// isHTTP tells whether a target is an address rather than a resource.
func isHTTP(target string) bool {
	return strings.HasPrefix(target, "http://") || strings.HasPrefix(target, "https://")
}

// toHTTP posts the payload, with the attributes as headers.
func toHTTP(ctx context.Context, q *Queue, run *Run, d *Delivery) error {
	timeout := d.Timeout
	if timeout <= 0 {
		timeout = httpTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.Target, bytes.NewReader(d.Payload))
	if err != nil {
		return permanent{err}
	}
	for name, value := range d.Attributes {
		req.Header.Set(name, value)
	}
	header, told := q.outside(ctx, d.TraceID, run.Attempt, req)
	if header != "" {
		req.Header.Set("X-Amzn-Trace-Id", header)
	}
	reply, err := q.http.Do(req)
	if err != nil {
		told(0, err)
		return fmt.Errorf("post to endpoint: %w", err)
	}
	defer reply.Body.Close()
	told(reply.StatusCode, nil)
	_, _ = io.CopyN(io.Discard, reply.Body, maxReply)
	switch {
	case reply.StatusCode >= 200 && reply.StatusCode < 300:
		return nil
	case reply.StatusCode >= 500 || reply.StatusCode == http.StatusTooManyRequests:
		return statusError{reply.StatusCode}
	}
	return permanent{statusError{reply.StatusCode}}
}
