// Package upstream carries gateways' requests to HTTP servers.
package upstream

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"maru.dev/maru/clock"
	"maru.dev/maru/gateway/event"
	"maru.dev/maru/gateway/invoke"
)

// NewTransport returns the way to HTTP integrations: connections are kept, and
// bodies are left in the encoding that they come in.
func NewTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		DialContext: dialer.DialContext, MaxIdleConnsPerHost: 256, IdleConnTimeout: 90 * time.Second,
		TLSHandshakeTimeout: 5 * time.Second, DisableCompression: true, ForceAttemptHTTP2: true,
	}
}

// Send sends a request and waits for the answer's header as long as timeout; then
// the error is invoke.ErrTimeout. The answer's body is the caller's to close.
func Send(t http.RoundTripper, r *http.Request, timeout time.Duration) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	limit := clock.System{}.NewTimer(timeout)
	waited := make(chan struct{})
	go func() {
		defer limit.Stop()
		select {
		case <-limit.C():
			cancel(invoke.ErrTimeout)
		case <-waited:
		}
	}()
	out, err := t.RoundTrip(r.WithContext(ctx))
	close(waited)
	if err != nil {
		if errors.Is(context.Cause(ctx), invoke.ErrTimeout) {
			err = invoke.ErrTimeout
		}
		cancel(nil)
		return nil, err
	}
	out.Body = &closing{out.Body, cancel}
	return out, nil
}

// Header are the headers of an answer that concern the client.
func Header(out *http.Response) http.Header {
	h := make(http.Header, len(out.Header))
	for name, values := range out.Header {
		if !event.HopByHop(name) && name != "Content-Length" {
			h[name] = values
		}
	}
	return h
}

// closing ends a request when its answer's body is closed.
type closing struct {
	io.ReadCloser

	cancel context.CancelCauseFunc
}

// Close closes the body.
func (c *closing) Close() error {
	defer c.cancel(nil)
	return c.ReadCloser.Close()
}
