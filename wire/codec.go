package wire

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
)

// Codec is the server's side of one protocol. It is stateless to its callers
// and safe for concurrent use. Package wire/codec has one for each Protocol.
type Codec interface {
	// Decode reads an operation's input, a *<Op>Input, and validates it. For an
	// operation without input it returns nil. Its errors are Errors when the
	// request is at fault, and otherwise those of the body's reader.
	Decode(svc *Service, op *Operation, r *Request) (in any, err error)

	// Encode writes an operation's output, a *<Op>Output or nil.
	Encode(svc *Service, op *Operation, out any, w *Response) error

	// EncodeError writes a fault in the protocol's envelope. The operation is
	// nil when the request named none.
	EncodeError(svc *Service, op *Operation, fault Error, w *Response) error
}

// Request is what a codec reads: an HTTP request of which the edge knows the
// service and the operation.
type Request struct {
	Method        string
	URL           *url.URL
	Query         url.Values // parsed once, by the edge
	Header        http.Header
	Form          url.Values // query: the body, if the edge has read it to find the Action
	Body          io.Reader  // limited by the edge; nil for none
	ContentLength int64      // -1 when it is not known
	Labels        Labels     // from Router.Match
	Limits        Limits
}

// Labels are the values of a path template's labels, unescaped.
type Labels map[string]string

// Response is what a codec writes. The edge makes it with Header, RequestID
// and HostID set, and sends it.
type Response struct {
	Status int
	Header http.Header

	// Exactly one of these is the body. Codecs append to Body, so it may come
	// with capacity from an earlier reply.
	Body   []byte
	Stream io.Reader // a streaming blob; closed by the edge if it is an io.Closer
	// Events writes an event stream, one Write per frame; the edge calls it
	// with a writer that flushes each one. It returns when the stream ends or
	// a Write fails.
	Events func(ctx context.Context, w io.Writer) error

	RequestID string
	HostID    string // S3's x-amz-id-2
}

// Limits bound what a decoder makes of a request, beyond the size of the body,
// which is the edge's to limit.
type Limits struct {
	Depth  int // how deep values may nest; DefaultDepth when zero
	Memory int // bytes that structures, list elements and map entries may take; DefaultMemory when zero
}

// The limits of a request that sets none. DynamoDB's items nest 32 levels deep,
// each of them two or three of ours; its largest batches are 16 MB.
const (
	DefaultDepth  = 200
	DefaultMemory = 128 << 20
)

// EventStream is the value of an event stream member: a function that sends
// the events, one after another, and returns at the end or when send fails. An
// event is a pointer to the generated union struct with one member set. The
// codec calls it from Response.Events, after the operation has returned, with a
// context that ends when the client goes.
type EventStream func(ctx context.Context, send func(event any) error) error

// Buffers lends buffers for bodies that are read whole. The zero value is ready.
type Buffers struct{ pool sync.Pool }

// maxPooled is the size past which a buffer is left to the garbage collector.
const maxPooled = 1 << 20

// maxBelieved is how much room is made for a body that is announced. Whoever
// announces more than that has to send it.
const maxBelieved = 64 << 10

// Read reads a request's body. The bytes are good until done is called.
func (b *Buffers) Read(r *Request) (body []byte, done func(), err error) {
	if r.Body == nil {
		return nil, func() {}, nil
	}
	if held, ok := r.Body.(*bytes.Buffer); ok && len(r.Header["Content-Encoding"]) == 0 {
		return held.Bytes(), func() {}, nil // it is in memory already
	}
	buf, _ := b.pool.Get().(*bytes.Buffer)
	if buf == nil {
		buf = new(bytes.Buffer)
	}
	done = func() {
		if buf.Cap() <= maxPooled {
			buf.Reset()
			b.pool.Put(buf)
		}
	}
	if r.ContentLength > 0 {
		buf.Grow(int(min(r.ContentLength, maxBelieved)) + bytes.MinRead)
	}
	if _, err := buf.ReadFrom(Inflate(r.Body, r.Header)); err != nil {
		done()
		var fault *APIError
		if errors.As(err, &fault) {
			return nil, nil, fault
		}
		return nil, nil, fmt.Errorf("read body: %w", err)
	}
	return buf.Bytes(), done, nil
}

// MaxInflated is how large a compressed body may become.
const MaxInflated = 16 << 20

// Inflate returns the reader of a body that is a document: SDKs compress the
// larger ones of some operations. Streams are not for it: what they hold is
// the caller's own.
func Inflate(body io.Reader, header http.Header) io.Reader {
	encoding := header["Content-Encoding"]
	if len(encoding) == 0 || encoding[0] != "gzip" {
		return body
	}
	return &inflater{body: body, left: MaxInflated}
}

// inflater opens its reader on the first Read, so that a broken body is a fault
// of reading.
type inflater struct {
	body io.Reader
	zip  *gzip.Reader
	left int
}

func (z *inflater) Read(p []byte) (int, error) {
	if z.zip == nil {
		var err error
		if z.zip, err = gzip.NewReader(z.body); err != nil {
			return 0, inflateFault(err)
		}
	}
	n, err := z.zip.Read(p)
	if z.left -= n; z.left < 0 {
		return 0, &APIError{Code: "RequestEntityTooLargeException", Status: http.StatusRequestEntityTooLarge, Message: "The request is too large once it is decompressed."}
	}
	return n, inflateFault(err)
}

// inflateFault makes broken compression the caller's fault; what is wrong with
// the connection stays what it is.
func inflateFault(err error) error {
	var corrupt flate.CorruptInputError
	if errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &corrupt) {
		return SerializationError("The request body is not valid gzip.")
	}
	return err
}
