package edge

import (
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"maru.dev/maru/clock"
)

// laneWriter writes a lane's replies: an ordinary one, head and body, with one
// system call. A body whose length is not told goes out in chunks.
type laneWriter struct {
	lane     *lane
	header   http.Header
	status   int // 0 until it is known
	out      []byte
	sent     bool // the head is out
	chunked  bool
	declared int64 // the body's length, or -1
	written  int64
	deadline bool // for writing, is set
	failure  error
}

// begin starts a reply.
func (w *laneWriter) begin() {
	clear(w.header)
	*w = laneWriter{lane: w.lane, header: w.header, out: w.out[:0], declared: -1}
}

// Header implements http.ResponseWriter.
func (w *laneWriter) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *laneWriter) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
}

// Write implements http.ResponseWriter.
func (w *laneWriter) Write(p []byte) (int, error) {
	first := !w.sent
	if first {
		w.head(false)
	}
	if w.declared >= 0 && w.written+int64(len(p)) > w.declared {
		return 0, http.ErrContentLength
	}
	if len(p) == 0 && !first {
		return 0, w.failure
	}
	w.written += int64(len(p))
	if w.chunked && len(p) > 0 {
		w.out = strconv.AppendInt(w.out, int64(len(p)), 16)
		w.out = append(w.out, "\r\n"...)
	}
	if len(p) > keptReply {
		w.write(net.Buffers{w.out, p})
		w.out = w.out[:0]
	} else {
		w.out = append(w.out, p...)
	}
	if w.chunked && len(p) > 0 {
		w.out = append(w.out, "\r\n"...)
	}
	w.push()
	if w.failure != nil {
		return 0, w.failure
	}
	return len(p), nil
}

// FlushError is for http.ResponseController: nothing is held back but the head.
func (w *laneWriter) FlushError() error {
	if !w.sent {
		w.head(false)
		w.push()
	}
	return w.failure
}

// Flush implements http.Flusher.
func (w *laneWriter) Flush() { _ = w.FlushError() }

// SetWriteDeadline is for http.ResponseController.
func (w *laneWriter) SetWriteDeadline(t time.Time) error {
	w.deadline = true
	return w.lane.conn.SetWriteDeadline(t)
}

// finish completes the reply.
func (w *laneWriter) finish() {
	switch {
	case !w.sent:
		w.head(true)
	case w.chunked:
		w.out = append(w.out, "0\r\n\r\n"...)
	}
	w.push()
	if w.deadline {
		_ = w.lane.conn.SetWriteDeadline(time.Time{})
	}
	if cap(w.out) > 2*keptReply {
		w.out = nil
	}
}

// last says whether the connection cannot be used any more.
func (w *laneWriter) last() bool {
	connection := w.header["Connection"]
	return w.failure != nil || w.declared > w.written || len(connection) > 0 && strings.EqualFold(connection[0], "close")
}

// push writes what is held back.
func (w *laneWriter) push() {
	if len(w.out) > 0 {
		w.write(net.Buffers{w.out})
		w.out = w.out[:0]
	}
}

// write writes to the connection until that fails.
func (w *laneWriter) write(parts net.Buffers) {
	for _, part := range parts {
		if w.failure == nil {
			_, w.failure = w.lane.conn.Write(part)
		}
	}
}

// head writes the reply's head into out. empty says that there is no body.
func (w *laneWriter) head(empty bool) {
	w.sent = true
	if w.status == 0 {
		w.status = http.StatusOK
	}
	bodiless := w.status == http.StatusNoContent || w.status == http.StatusNotModified
	switch length := w.header["Content-Length"]; {
	case len(length) == 1:
		if n, ok := decimal(length[0]); ok {
			w.declared = int64(n)
		}
	case bodiless:
		w.declared = 0
	case empty:
		w.header["Content-Length"] = []string{"0"}
	default:
		w.chunked = true
		w.header["Transfer-Encoding"] = []string{"chunked"}
	}
	out := append(w.out[:0], "HTTP/1.1 "...)
	out = strconv.AppendInt(out, int64(w.status), 10)
	out = append(append(append(out, ' '), http.StatusText(w.status)...), "\r\n"...)
	for name, values := range w.header {
		for _, value := range values {
			out = append(append(out, name...), ": "...)
			if strings.IndexByte(value, '\r') >= 0 || strings.IndexByte(value, '\n') >= 0 {
				value = strings.NewReplacer("\r", " ", "\n", " ").Replace(value)
			}
			out = append(append(out, value...), "\r\n"...)
		}
	}
	if _, set := w.header["Date"]; !set {
		out = append(append(append(out, "Date: "...), w.lane.server.date()...), "\r\n"...)
	}
	w.out = append(out, "\r\n"...)
}

// date is the time as replies tell it; it is written once a second.
func (s *Server) date() string {
	now := clock.System{}.Now()
	if d := s.dated.Load(); d != nil && d.second == now.Unix() {
		return d.text
	}
	d := &dated{second: now.Unix(), text: now.UTC().Format(http.TimeFormat)}
	s.dated.Store(d)
	return d.text
}

// dated is a second and its text.
type dated struct {
	second int64
	text   string
}
