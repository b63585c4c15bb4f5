package edge

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/wire"
)

// keptReply is how large a reply's memory may be and still be used again.
const keptReply = 64 << 10

// send writes a reply.
func (x *exchange) send(reply *wire.Response) {
	if reply.Status == 0 {
		reply.Status = http.StatusOK
	}
	x.bucketHeaders()
	x.server.lastWords(x.w) // it may have begun to close since the request came
	switch {
	case reply.Events != nil:
		x.sendEvents(reply)
	case reply.Stream != nil:
		x.sendStream(reply)
	default:
		x.sendBody(reply)
	}
	if reply.Body != nil && cap(reply.Body) <= keptReply {
		kept := reply.Body[:0]
		x.server.replies.Put(&kept)
	}
}

// sendBody writes a reply that is in memory. A large one may stall no longer
// than a stream may.
func (x *exchange) sendBody(reply *wire.Response) {
	head := x.r.Method == http.MethodHead
	if !head && reply.Status != http.StatusNoContent && reply.Status != http.StatusNotModified {
		reply.Header["Content-Length"] = []string{strconv.Itoa(len(reply.Body))}
	}
	if _, set := reply.Header["Content-Type"]; !set && len(reply.Body) == 0 {
		reply.Header["Content-Type"] = nil // else net/http guesses one
	}
	x.w.WriteHeader(reply.Status)
	if head || len(reply.Body) == 0 {
		return
	}
	var out io.Writer = x.w
	if len(reply.Body) > keptReply {
		out = x.patient()
	}
	if _, err := out.Write(reply.Body); err != nil {
		x.gone(err)
	}
}

// sendStream copies a reply that is not in memory. If its source fails half
// way the connection is cut, so that the client cannot take the part for the
// whole.
func (x *exchange) sendStream(reply *wire.Response) {
	if c, ok := reply.Stream.(io.Closer); ok {
		defer func() { _ = c.Close() }()
	}
	x.w.WriteHeader(reply.Status)
	if x.r.Method == http.MethodHead {
		return
	}
	if _, err := io.Copy(x.patient(), reply.Stream); err != nil {
		x.gone(err)
		panic(http.ErrAbortHandler)
	}
}

// sendEvents writes an event stream, frame by frame.
func (x *exchange) sendEvents(reply *wire.Response) {
	x.w.WriteHeader(reply.Status)
	p := x.patient()
	p.flush = true
	if err := p.control.Flush(); err != nil {
		x.gone(err)
		return
	}
	ctx, stop := call.Waiting(x.r.Context())
	defer stop()
	if err := reply.Events(ctx, p); err != nil && (!x.server.isClosing() || x.r.Context().Err() != nil) {
		x.gone(err)
		panic(http.ErrAbortHandler)
	}
}

// gone notes that a reply did not reach its client, who is usually gone.
func (x *exchange) gone(err error) {
	if errors.Is(err, http.ErrHandlerTimeout) || x.r.Context().Err() != nil {
		return
	}
	x.server.options.Log.DebugContext(x.r.Context(), "reply not taken", "request", x.id, "cause", err)
}

// patient writes to a client that may be slow, but not stand still.
func (x *exchange) patient() *patient {
	return &patient{w: x.w, control: http.NewResponseController(x.w), stall: x.server.options.Limits.StallTime}
}

// patient moves the connection's write deadline as bytes are taken.
type patient struct {
	w       io.Writer
	control *http.ResponseController
	stall   time.Duration
	armed   time.Time
	flush   bool
}

// patientPart is how much a client must take within the stall time.
const patientPart = 256 << 10

// Write writes p in parts that each have their time.
func (t *patient) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		part := p[:min(len(p), patientPart)]
		if now := (clock.System{}).Now(); now.Sub(t.armed) >= time.Second {
			t.armed = now
			_ = t.control.SetWriteDeadline(now.Add(t.stall))
		}
		n, err := t.w.Write(part)
		written += n
		if err != nil {
			return written, err
		}
		p = p[n:]
	}
	if t.flush {
		if err := t.control.Flush(); err != nil {
			return written, err
		}
	}
	return written, nil
}
