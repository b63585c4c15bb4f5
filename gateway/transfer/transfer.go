// Package transfer reads requests within their limits, and writes replies as they
// come.
package transfer

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"maru.dev/maru/clock"
)

// Limits of requests to APIs of either kind.
const (
	MaxBody   = 10 << 20
	MaxHeader = 10_240 // bytes of names and values together, with the request line
	maxRead   = 30 * time.Second
)

// Why a body is refused.
var (
	ErrTooLarge = errors.New("the request's body is too large")
	ErrSlow     = errors.New("the request's body has not come in time")
)

// Read reads the whole body of a request.
func Read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength == 0 {
		return nil, nil
	}
	if r.ContentLength > MaxBody {
		return nil, ErrTooLarge
	}
	control := http.NewResponseController(w)
	// Not every writer (a test's recorder) has deadlines; without one we wait.
	_ = control.SetReadDeadline(clock.System{}.Now().Add(maxRead))
	var b bytes.Buffer
	if n := r.ContentLength; n > 0 {
		b.Grow(int(n) + bytes.MinRead)
	}
	n, err := b.ReadFrom(io.LimitReader(r.Body, MaxBody+1))
	_ = control.SetReadDeadline(time.Time{})
	switch {
	case n > MaxBody:
		return nil, ErrTooLarge
	case err != nil:
		return nil, ErrSlow
	}
	return b.Bytes(), nil
}

// LongHeader tells whether a request's line and header are over the limit.
func LongHeader(r *http.Request) bool {
	size := len(r.Method) + len(r.RequestURI) + len(r.Host)
	for name, values := range r.Header {
		for _, v := range values {
			size += len(name) + len(v)
		}
	}
	return size > MaxHeader
}

// Stream copies a body as it comes. Who reads it may be gone.
func Stream(w http.ResponseWriter, from io.Reader) (sent int64) {
	control := http.NewResponseController(w)
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			m, failed := w.Write(buffer[:n])
			sent += int64(m)
			if failed != nil {
				return sent
			}
			_ = control.Flush()
		}
		if err != nil {
			return sent
		}
	}
}

// Host is the Host of a request without its port.
func Host(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.Host); err == nil {
		return host
	}
	return r.Host
}

// Scheme is http or https, as the request came.
func Scheme(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	return "http"
}
