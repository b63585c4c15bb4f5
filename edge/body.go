package edge

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"maru.dev/maru/auth"
	"maru.dev/maru/clock"
	"maru.dev/maru/wire"
)

// Limits of bodies. Each is what the service's largest request needs, with room
// for its encoding: AWS's own limits are on decoded values, and the services'
// to check.
const (
	bodyLimit       = 8 << 20
	bodyLimitObject = 5 << 30 // S3: one part or object
)

// bodyLimitOf is the limit of a service, by its signing name.
func bodyLimitOf(signingName string) int64 {
	switch signingName {
	case "s3":
		return bodyLimitObject
	case "lambda":
		return 96 << 20 // a zip file of 50 MB, or layers, in base64
	case "dynamodb":
		return 32 << 20 // 16 MB of items
	case "ses":
		return 60 << 20 // a message of 40 MB in base64
	}
	return bodyLimit
}

// A client may be slow, but not without end: once the time that a body may
// stall is over, it has to have sent so many bytes a second.
const slowest = 256

// Bodies that are held in memory share what Limits.BodyBytes allows, and take
// of it in steps. The first of a body is free: there are enough connections for
// it, and most bodies need no more.
const (
	freeBytes = 64 << 10
	bodyStep  = 1 << 20
	// firstStep is the step up to that size of bodies that have nothing free: those
	// of HTTP/2, of which a connection has a thousand at a time.
	firstStep = 4 << 10
)

// body is a request's body as it comes from the connection: limited in size,
// in how long it may stall or trickle, and in what all bodies take in memory.
type body struct {
	in      io.Reader
	server  *Server
	w       http.ResponseWriter // whose connection it comes from
	limit   int64
	free    int64 // of the memory for bodies
	told    int64 // of its length, what others may make room for at once
	read    int64
	taken   int64 // of the memory for bodies
	streams bool  // goes on to where it is kept, and takes no memory
	dialect auth.Dialect
	began   time.Time // of the first read
	armed   time.Time // when the deadline was last moved; zero: there is none
}

// newBody wraps the body of r, for a service that is not known yet. A body that
// is announced as too long is never read.
func (s *Server) newBody(w http.ResponseWriter, r *http.Request) body {
	b := body{in: r.Body, server: s, w: w, limit: bodyLimit, free: freeBytes, dialect: auth.JSON}
	if r.ProtoMajor > 1 {
		b.free, b.told = 0, min(r.ContentLength, freeBytes)
	}
	return b
}

// bound sets the limits of a body by what it is for.
func (b *body) bound(t *target) {
	if t.api == nil {
		return
	}
	b.limit = bodyLimitOf(t.api.model.SigningName)
	b.streams = t.op != nil && t.op.streaming
	if b.limit == bodyLimitObject && !b.streams {
		b.limit = bodyLimit // a document about objects
	}
}

// Read hands on what has come, and words what went wrong as an error of the
// client.
func (b *body) Read(p []byte) (int, error) {
	if !b.arm() {
		return 0, b.word(os.ErrDeadlineExceeded)
	}
	n, err := b.in.Read(p)
	b.read += int64(n)
	if b.read > b.limit {
		b.disarm()
		return 0, tooLarge(b.dialect, b.limit)
	}
	if !b.take(max(b.read, b.told)) {
		b.disarm()
		return 0, busy(b.dialect)
	}
	if err != nil {
		b.disarm()
		return n, b.word(err)
	}
	return n, nil
}

// take takes the memory that size bytes of the body need, if there is any left.
func (b *body) take(size int64) bool {
	if b.streams || size <= b.free+b.taken {
		return true
	}
	step := int64(bodyStep)
	if size <= freeBytes {
		step = firstStep
	}
	more := (size - b.free - b.taken + step - 1) / step * step
	if !b.server.hold(more) {
		return false
	}
	b.taken += more
	return true
}

// hold takes so much of the memory for bodies, if it is left. What is refused is not
// counted for a moment either: it would have others refused.
func (s *Server) hold(size int64) bool {
	for {
		held := s.bodies.Load()
		if size > s.options.Limits.BodyBytes-held {
			return false
		}
		if s.bodies.CompareAndSwap(held, held+size) {
			return true
		}
	}
}

// release gives back what the body has taken. Its request is over.
func (b *body) release() {
	if b.taken > 0 {
		b.server.bodies.Add(-b.taken)
		b.taken = 0
	}
}

// arm gives the client time to send the next bytes, unless it has been too slow
// so far. The deadline is moved at most once a second, since moving it costs
// more than a small read.
func (b *body) arm() bool {
	now := clock.System{}.Now() // the network keeps real time
	if now.Sub(b.armed) < time.Second {
		return true
	}
	if b.began.IsZero() {
		b.began = now
	}
	stall := b.server.options.Limits.StallTime
	if late := now.Sub(b.began) - stall; late > 0 && float64(b.read) < slowest*late.Seconds() {
		b.disarm()
		return false
	}
	b.armed = now
	// Not every writer (a test's recorder) has deadlines; without one we wait.
	_ = http.NewResponseController(b.w).SetReadDeadline(now.Add(stall))
	return true
}

// disarm lifts the deadline: net/http goes on reading the connection to learn
// of its end, and would take the deadline for it.
func (b *body) disarm() {
	if !b.armed.IsZero() {
		b.armed = time.Time{}
		_ = http.NewResponseController(b.w).SetReadDeadline(time.Time{})
	}
}

// word makes an error of the connection one of AWS's.
func (b *body) word(err error) error {
	switch {
	case errors.Is(err, io.EOF):
		return err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &wire.APIError{
			Code: "RequestTimeout", Status: http.StatusBadRequest,
			Message: "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.",
			Header:  http.Header{"Connection": {"close"}},
		}
	default:
		return (&auth.Fault{Kind: auth.IncompleteBody}).In(b.dialect)
	}
}

// worded hands on a reader's faults in the service's words.
type worded struct {
	*auth.Chunked
	dialect auth.Dialect
}

// Read reads, and words a fault of the signature or the framing.
func (w worded) Read(p []byte) (int, error) {
	n, err := w.Chunked.Read(p)
	var fault *auth.Fault
	if errors.As(err, &fault) {
		return n, fault.In(w.dialect)
	}
	return n, err
}

// Words of S3's payloads.
const unsignedPayload = "UNSIGNED-PAYLOAD"

// s3Content takes S3's chunked encoding away, or checks the bytes against the
// hash that was signed for them.
func (x *exchange) s3Content(reader io.Reader, id auth.Identity) (io.Reader, error) {
	h := x.r.Header
	sent := h.Get("X-Amz-Content-Sha256")
	if auth.IsStreaming(sent) {
		return x.unchunk(reader, id, sent)
	}
	if !x.server.options.Verifier.Enforce || len(sent) != sha256.Size*2 {
		return reader, nil
	}
	return &hashed{in: reader, hash: sha256.New(), want: strings.ToLower(sent)}, nil
}

// unchunk takes the aws-chunked encoding away, and its traces in the header.
func (x *exchange) unchunk(reader io.Reader, id auth.Identity, sent string) (io.Reader, error) {
	if x.server.options.Verifier.Enforce && !auth.SupportedStreaming(sent) {
		return nil, (&auth.Fault{Kind: auth.Incomplete, Detail: "The payload signature " + sent + " is not supported by maru."}).In(auth.S3)
	}
	h := x.r.Header
	length, err := strconv.ParseInt(h.Get("X-Amz-Decoded-Content-Length"), 10, 64)
	if err != nil || length < 0 {
		return nil, (&auth.Fault{Kind: auth.MissingDecodedLen}).In(auth.S3)
	}
	if length > x.raw.limit {
		return nil, tooLarge(auth.S3, x.raw.limit)
	}
	if encoding := withoutChunked(h.Get("Content-Encoding")); encoding != "" {
		h.Set("Content-Encoding", encoding)
	} else {
		h.Del("Content-Encoding")
	}
	x.raw.limit += x.raw.limit >> 4 // the framing comes on top
	x.r.ContentLength = length
	h.Set("Content-Length", strconv.FormatInt(length, 10))
	return worded{auth.NewChunked(reader, id, sent, length), auth.S3}, nil
}

// withoutChunked is a Content-Encoding without aws-chunked.
func withoutChunked(encoding string) string {
	var kept []string
	for part := range strings.SplitSeq(encoding, ",") {
		if part = strings.TrimSpace(part); part != "" && part != "aws-chunked" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, ",")
}

// hashed checks a body against the hash that was signed for it. As the fault
// takes the place of the end, whoever reads to the end cannot miss it.
type hashed struct {
	in   io.Reader
	hash hash.Hash
	want string
}

// Read reads.
func (h *hashed) Read(p []byte) (int, error) {
	n, err := h.in.Read(p)
	h.hash.Write(p[:n])
	if errors.Is(err, io.EOF) && hex.EncodeToString(h.hash.Sum(nil)) != h.want {
		return n, (&auth.Fault{Kind: auth.PayloadMismatch}).In(auth.S3)
	}
	return n, err
}

// gunzip unpacks a compressed body, up to the limit of a plain one.
func (x *exchange) gunzip(reader io.Reader) (io.Reader, error) {
	zipped, err := gzip.NewReader(reader)
	if err != nil {
		return nil, x.badGzip(err)
	}
	x.r.Header.Del("Content-Encoding")
	x.r.ContentLength = -1
	return &gunzipped{in: zipped, x: x, limit: x.raw.limit}, nil
}

// badGzip words a body that is not what its Content-Encoding says. Errors of
// the connection are worded already.
func (x *exchange) badGzip(err error) error {
	var known wire.Error
	if errors.As(err, &known) {
		return err
	}
	return &wire.APIError{Code: "SerializationException", Message: "The request's body is not in the gzip format that its Content-Encoding header names."}
}

// gunzipped limits what a small body may grow to.
type gunzipped struct {
	in    *gzip.Reader
	x     *exchange
	limit int64
	read  int64
}

// Read unpacks.
func (g *gunzipped) Read(p []byte) (int, error) {
	n, err := g.in.Read(p)
	g.read += int64(n)
	switch {
	case g.read > g.limit:
		return 0, tooLarge(g.x.raw.dialect, g.limit)
	case !g.x.raw.take(g.read):
		return 0, busy(g.x.raw.dialect)
	case err != nil && !errors.Is(err, io.EOF):
		return n, g.x.badGzip(err)
	}
	return n, err
}

// withQueueURL adds the queue that a query request names by its path, as old
// clients do: POST /<account>/<queue> with Action=SendMessage.
func (x *exchange) withQueueURL(reader io.Reader) (io.Reader, error) {
	path := strings.Trim(x.r.URL.Path, "/")
	account, queue, ok := strings.Cut(path, "/")
	if !ok || !auth.IsAccount(account) || strings.Contains(queue, "/") {
		return reader, nil
	}
	if formValue(string(x.held), "QueueUrl") != "" || x.r.URL.Query().Has("QueueUrl") {
		return reader, nil
	}
	parameter := "QueueUrl=" + url.QueryEscape(x.info.Endpoint+x.r.URL.EscapedPath())
	if !x.inRAM || x.r.Method != http.MethodPost {
		x.r.URL.RawQuery = strings.TrimPrefix(x.r.URL.RawQuery+"&"+parameter, "&")
		return reader, nil
	}
	x.held = append(append(x.held, '&'), parameter...)
	x.r.ContentLength = int64(len(x.held))
	return strings.NewReader(string(x.held)), nil
}

// formValue finds a parameter of a form without reading the others.
func formValue(text, name string) string {
	for text != "" {
		var part string
		part, text, _ = strings.Cut(text, "&")
		if len(part) > len(name) && part[len(name)] == '=' && part[:len(name)] == name {
			if value, err := url.QueryUnescape(part[len(name)+1:]); err == nil {
				return value
			}
		}
	}
	return ""
}
