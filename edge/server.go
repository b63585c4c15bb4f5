package edge

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"maru.dev/maru/auth"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/telemetry"
	"maru.dev/maru/wire"
)

// Options are what a Server needs. The callers of its services are known by
// Verifier, and in developer mode (Verifier.Enforce is false) a browser may
// only call from a page of this machine.
type Options struct {
	Door     *call.Door
	Verifier *auth.Verifier
	Codecs   func(wire.Protocol) wire.Codec
	Mounts   []Mount
	Admin    Admin
	Traces   *telemetry.Tracer // may be nil
	Clock    clock.Clock
	IDs      ids.Source
	Log      *slog.Logger
	Limits   Limits
}

// Limits keep one client from using up what is there for all. Zero fields take
// the defaults.
type Limits struct {
	HeaderBytes int           // 64 KiB
	Connections int           // 10,000 at a time
	HeaderTime  time.Duration // to send a header: 10 s
	IdleTime    time.Duration // between requests of a connection: 2 min
	StallTime   time.Duration // without a byte of a body sent or taken: 30 s
	BodyBytes   int64         // of all bodies that are held in memory at a time: 512 MiB
	Grace       time.Duration // for requests under way when the server closes: 5 s
}

// WithDefaults fills in what l leaves open.
func (l Limits) WithDefaults() Limits {
	l.HeaderBytes = or(l.HeaderBytes, 64<<10)
	l.Connections = or(l.Connections, 10_000)
	l.HeaderTime = or(l.HeaderTime, 10*time.Second)
	l.IdleTime = or(l.IdleTime, 2*time.Minute)
	l.StallTime = or(l.StallTime, 30*time.Second)
	l.BodyBytes = or(l.BodyBytes, 512<<20)
	l.Grace = or(l.Grace, 5*time.Second)
	return l
}

// or is v, or its default when it is zero.
func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// Server is the HTTP side of a platform.
type Server struct {
	options Options
	tables  *tables
	codecs  map[wire.Protocol]wire.Codec
	http    *http.Server
	lanes   lanes
	door    atomic.Pointer[limitedListener] // nil before Serve
	closing chan struct{}                   // closed when Close begins
	leaving sync.Once
	base    context.Context    // of every request
	cancel  context.CancelFunc // of every request under way
	dated   atomic.Pointer[dated]
	replies sync.Pool    // *[]byte: bodies of earlier replies
	bodies  atomic.Int64 // bytes of bodies in memory
	began   time.Time
}

// New returns a Server over the services behind o.Door.
func New(o Options) (*Server, error) {
	o.Limits = o.Limits.WithDefaults()
	tables, err := newTables(o.Door.Models(), o.Mounts)
	if err != nil {
		return nil, err
	}
	s := &Server{
		options: o,
		tables:  tables,
		codecs:  map[wire.Protocol]wire.Codec{},
		began:   o.Clock.Now(),
		closing: make(chan struct{}),
		replies: sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }},
	}
	for _, p := range []wire.Protocol{wire.AWSJSON, wire.Query, wire.EC2Query, wire.RESTJSON, wire.RESTXML, wire.RPCv2} {
		s.codecs[p] = o.Codecs(p)
	}
	for i := range o.Mounts {
		if inside := o.Mounts[i].Inside; inside != nil {
			inside.server = s
		}
	}
	s.http = s.newHTTP()
	return s, nil
}

// ServeHTTP answers one request of any kind.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := s.options.IDs.UUID()
	defer s.recoverPanic(w, r, id)
	if r.ProtoMajor == 1 && len(r.TransferEncoding) > 0 {
		// It may have told a length, too, which net/http keeps from us, and whoever
		// passed it on may have believed that one (RFC 9112, section 6.1).
		w.Header().Set("Connection", "close")
	}
	s.lastWords(w)
	if !s.admitOrigin(w, r) {
		return
	}
	at, _ := parseHost(r.Host, s.tables.known)
	if strings.HasPrefix(r.URL.Path, adminPath) && s.serveAdmin(w, r) {
		return
	}
	if m, rest, ok := s.mounted(r, at); ok {
		s.serveMount(w, r, m, rest, at, id)
		return
	}
	if isPreflight(r) {
		if !s.bucketPreflight(w, r, at, id) {
			preflight(w, r)
		}
		return
	}
	x := exchange{server: s, w: w, r: r, id: id, began: s.options.Clock.Now(), goal: target{place: at}}
	x.raw = s.newBody(w, r)
	defer x.raw.release()
	x.serve()
}

// recoverPanic turns a panic of the edge's own code into a 500 with a request
// id. (Operations are recovered by the door.)
func (s *Server) recoverPanic(w http.ResponseWriter, r *http.Request, id string) {
	reason := recover()
	if reason == nil {
		return
	}
	if reason == http.ErrAbortHandler { //nolint:errorlint // the very value is what net/http looks for
		panic(reason)
	}
	s.options.Log.ErrorContext(r.Context(), "panic", "request", id, "method", r.Method,
		"cause", fmt.Sprint(reason), "stack", string(debug.Stack()))
	w.Header().Set("X-Amzn-Requestid", id)
	http.Error(w, `{"__type":"InternalFailure","message":"The request processing has failed because of an unknown error, exception or failure."}`,
		http.StatusInternalServerError)
}

// info is what is known of any request before its caller is.
func (s *Server) info(r *http.Request, at place, id string) call.Info {
	source := r.RemoteAddr
	if host, _, err := net.SplitHostPort(source); err == nil {
		source = host
	}
	region := at.region
	if region == "" {
		region = s.options.Verifier.Region
	}
	trace := get(r.Header, "X-Amzn-Trace-Id")
	if _, ok := telemetry.ParseTrace(trace); !ok {
		trace = telemetry.FromTraceparent(get(r.Header, "Traceparent"))
	}
	return call.Info{
		Account: s.options.Verifier.Account, Region: region, Partition: "aws",
		RequestID: id, TraceID: trace, Endpoint: endpoint(r, at),
		SourceIP: source, UserAgent: get(r.Header, "User-Agent"),
	}
}

// endpoint is the address at which the caller has reached us. A service's name
// below localhost is left out, since not everything resolves it.
func endpoint(r *http.Request, at place) string {
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	host := r.Host
	if at.local {
		host = "localhost"
		if _, port, err := net.SplitHostPort(r.Host); err == nil {
			host += ":" + port
		}
	}
	return scheme + host
}
