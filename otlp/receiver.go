package otlp

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"

	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/telemetry"
	"maru.dev/maru/wire"
)

const (
	// maxBody is how large a request may be, unpacked.
	maxBody = 16 << 20
	// maxDepth is how deep messages may be nested.
	maxDepth = 64
	// maxAtOnce is how many requests are worked on at a time.
	maxAtOnce = 16
)

// Options are what a Receiver needs.
type Options struct {
	Caller          call.Caller
	Clock           clock.Clock
	IDs             ids.Source
	Log             *slog.Logger
	Account, Region string // where telemetry goes
	// Trusts tells whether a request may add telemetry; nil lets everybody.
	Trusts func(r *http.Request) bool
}

// Receiver takes telemetry in. It is an http.Handler for both HTTP and gRPC.
type Receiver struct {
	options Options
	sums    *sums
	working atomic.Int64
}

// NewReceiver returns a receiver.
func NewReceiver(o Options) *Receiver {
	return &Receiver{options: o, sums: newSums(uint64(o.Clock.Now().UnixNano()))}
}

// signal is a kind of telemetry.
type signal uint8

// The kinds of telemetry.
const (
	none signal = iota
	spans
	measurements
	records
)

// signalOf finds what is sent to a path.
func signalOf(path string) (s signal, grpc bool) {
	switch path {
	case "/v1/traces":
		return spans, false
	case "/v1/metrics":
		return measurements, false
	case "/v1/logs":
		return records, false
	case "/opentelemetry.proto.collector.trace.v1.TraceService/Export":
		return spans, true
	case "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export":
		return measurements, true
	case "/opentelemetry.proto.collector.logs.v1.LogsService/Export":
		return records, true
	default:
		return none, false
	}
}

// failure is an answer that is no success: its HTTP status, and gRPC's.
type failure struct {
	status, grpc int
	text         string
}

// Error implements error.
func (f *failure) Error() string { return f.text }

// gRPC's codes.
const (
	grpcInvalid         = 3
	grpcExhausted       = 8
	grpcUnimplemented   = 12
	grpcUnavailable     = 14
	grpcUnauthenticated = 16
)

// ServeHTTP implements http.Handler.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	kind, isGRPC := signalOf(req.URL.Path)
	if isGRPC || strings.HasPrefix(req.Header.Get("Content-Type"), "application/grpc") {
		r.serveGRPC(w, req, kind)
		return
	}
	switch {
	case kind == none:
		http.NotFound(w, req)
		return
	case req.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "Use POST.", http.StatusMethodNotAllowed)
		return
	}
	asJSON := false
	switch media, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type")); media {
	case "application/x-protobuf":
	case "application/json":
		asJSON = true
	default:
		http.Error(w, "Send application/x-protobuf or application/json.", http.StatusUnsupportedMediaType)
		return
	}
	refused, why, err := r.serve(req, kind, asJSON, func() ([]byte, error) {
		return unpacked(http.MaxBytesReader(w, req.Body, maxBody), req.Header.Get("Content-Encoding"))
	})
	writeHTTP(w, asJSON, kind, refused, why, err)
}

// serve takes one request's telemetry in.
func (r *Receiver) serve(req *http.Request, kind signal, asJSON bool, body func() ([]byte, error)) (refused int64, why string, err error) {
	if r.options.Trusts != nil && !r.options.Trusts(req) {
		return 0, "", &failure{http.StatusUnauthorized, grpcUnauthenticated, "send the token that MARU_TELEMETRY_TOKEN says, as Authorization: Bearer"}
	}
	defer r.working.Add(-1)
	if r.working.Add(1) > maxAtOnce {
		return 0, "", &failure{http.StatusServiceUnavailable, grpcUnavailable, "too much at once: send it again later"}
	}
	text, err := body()
	if err != nil {
		return 0, "", err
	}
	// What comes of telling about work is not work to be told of.
	unheard := telemetry.NewTrace(r.options.Clock.Now(), r.options.IDs).Decided(false)
	ctx := call.With(req.Context(), call.Info{
		TraceID: unheard.String(),
		Account: r.options.Account, Region: r.options.Region, Partition: "aws",
		Principal: call.Principal{Kind: call.Root, Account: r.options.Account, ARN: "arn:aws:iam::" + r.options.Account + ":root", UserID: r.options.Account},
		UserAgent: req.UserAgent(),
	})
	refused, why, err = r.take(ctx, kind, text, asJSON)
	if known := (*failure)(nil); err == nil || errors.As(err, &known) {
		return refused, why, err
	}
	if known, ok := errors.AsType[wire.Error](err); ok && known.HTTPStatus() < http.StatusInternalServerError {
		return refused, why, &failure{http.StatusBadRequest, grpcInvalid, known.ErrorMessage()}
	}
	r.options.Log.WarnContext(ctx, "telemetry not taken", "cause", err)
	return refused, why, &failure{http.StatusServiceUnavailable, grpcUnavailable, "the telemetry could not be stored; the log tells why"}
}

// take decodes a body and takes what is in it. What the services behind refuse
// as a whole is told as refused.
func (r *Receiver) take(ctx context.Context, kind signal, text []byte, asJSON bool) (refused int64, why string, err error) {
	switch kind {
	case spans:
		var data traces.TracesData
		if err := decode(text, asJSON, &data); err != nil {
			return 0, "", err
		}
		return r.takeTraces(ctx, &data)
	case measurements:
		var data metrics.MetricsData
		if err := decode(text, asJSON, &data); err != nil {
			return 0, "", err
		}
		return r.takeMetrics(ctx, &data)
	case records:
		var data logs.LogsData
		if err := decode(text, asJSON, &data); err != nil {
			return 0, "", err
		}
		return r.takeLogs(ctx, &data)
	default:
		return 0, "", &failure{http.StatusNotFound, grpcUnimplemented, "there is no such service here"}
	}
}

// decode reads a message. The requests of OTLP's services have the fields of
// its data messages, so those are what is read.
func decode(text []byte, asJSON bool, into proto.Message) error {
	var err error
	if asJSON {
		err = decodeJSON(text, into)
	} else {
		err = proto.UnmarshalOptions{DiscardUnknown: true, RecursionLimit: maxDepth}.Unmarshal(text, into)
	}
	if err != nil {
		return &failure{http.StatusBadRequest, grpcInvalid, "the message cannot be read: " + err.Error()}
	}
	return nil
}

// unpacked reads a body, and unpacks it.
func unpacked(body io.Reader, encoding string) ([]byte, error) {
	switch encoding {
	case "", "identity":
	case "gzip":
		z, err := gzip.NewReader(body)
		if err != nil {
			return nil, unreadable(err)
		}
		body = z
	default:
		return nil, &failure{http.StatusUnsupportedMediaType, grpcUnimplemented, "compress with gzip, or not at all"}
	}
	var b bytes.Buffer
	n, err := b.ReadFrom(io.LimitReader(body, maxBody+1))
	switch {
	case err != nil:
		return nil, unreadable(err)
	case n > maxBody:
		return nil, errTooLarge()
	}
	return b.Bytes(), nil
}

// unreadable is the failure of a body that cannot be read.
func unreadable(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return errTooLarge()
	}
	return &failure{http.StatusBadRequest, grpcInvalid, "the body cannot be read: " + err.Error()}
}

// errTooLarge is the failure of a body that is too large.
func errTooLarge() error {
	return &failure{http.StatusRequestEntityTooLarge, grpcExhausted, fmt.Sprintf("a request has at most %d bytes, unpacked", maxBody)}
}

// answerOf writes the answer of an Export: what was refused, and why.
func answerOf(refused int64, why string) []byte {
	if refused == 0 {
		return nil
	}
	var partial []byte
	partial = protowire.AppendVarint(protowire.AppendTag(partial, 1, protowire.VarintType), uint64(refused))
	partial = protowire.AppendString(protowire.AppendTag(partial, 2, protowire.BytesType), why)
	return protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), partial)
}

// writeHTTP answers over HTTP, in the encoding of the request.
func writeHTTP(w http.ResponseWriter, asJSON bool, kind signal, refused int64, why string, err error) {
	status := http.StatusOK
	var body []byte
	if known := (*failure)(nil); errors.As(err, &known) {
		status = known.status
		if status == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "1")
		}
		// A Status: code and message.
		body = protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), uint64(known.grpc))
		body = protowire.AppendString(protowire.AppendTag(body, 2, protowire.BytesType), known.text)
		if asJSON {
			body = []byte(`{"code":` + strconv.Itoa(known.grpc) + `,"message":` + strconv.QuoteToASCII(known.text) + `}`)
		}
	} else if asJSON {
		body = []byte("{}")
		if refused > 0 {
			name := map[signal]string{spans: "rejectedSpans", measurements: "rejectedDataPoints", records: "rejectedLogRecords"}[kind]
			body = []byte(`{"partialSuccess":{"` + name + `":"` + strconv.FormatInt(refused, 10) + `","errorMessage":` + strconv.QuoteToASCII(why) + `}}`)
		}
	} else {
		body = answerOf(refused, why)
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	if asJSON {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may be gone
}

// serveGRPC answers a unary call of gRPC: a message behind a prefix of five
// bytes each way, and the outcome in trailers.
func (r *Receiver) serveGRPC(w http.ResponseWriter, req *http.Request, kind signal) {
	w.Header().Set("Content-Type", "application/grpc")
	w.Header().Set("Trailer", "Grpc-Status, Grpc-Message")
	refused, why, err := r.serve(req, kind, false, func() ([]byte, error) { return message(req) })
	if known := (*failure)(nil); errors.As(err, &known) {
		w.Header().Set("Grpc-Status", strconv.Itoa(known.grpc))
		w.Header().Set("Grpc-Message", grpcText(known.text))
		return
	}
	answer := answerOf(refused, why)
	frame := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(answer)))
	_, _ = w.Write(append(frame, answer...)) // the client may be gone
	w.Header().Set("Grpc-Status", "0")
}

// message reads the one message of a unary call.
func message(req *http.Request) ([]byte, error) {
	var prefix [5]byte
	if _, err := io.ReadFull(req.Body, prefix[:]); err != nil {
		return nil, unreadable(err)
	}
	size := binary.BigEndian.Uint32(prefix[1:])
	if size > maxBody {
		return nil, errTooLarge()
	}
	encoding := ""
	if prefix[0] == 1 {
		encoding = req.Header.Get("Grpc-Encoding")
	}
	return unpacked(io.LimitReader(req.Body, int64(size)), encoding)
}

// grpcText writes a message as gRPC's trailers have it.
func grpcText(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; c >= ' ' && c <= '~' && c != '%' {
			b.WriteByte(c)
		} else {
			b.WriteString("%" + strings.ToUpper(hex.EncodeToString([]byte{c})))
		}
	}
	return b.String()
}
