package functionurl

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/gateway/event"
	"maru.dev/maru/gateway/signed"
	"maru.dev/maru/telemetry"
	"maru.dev/maru/wire"
)

// Where URLs are: HostService names it in hosts, PathPrefix before an id.
const (
	HostService = "lambda-url"
	PathPrefix  = "/_maru/lambda-url/"
)

// The limits of requests.
const (
	maxBody = 6 << 20
	maxRead = 30 * time.Second
)

// Source knows the URLs that there are.
type Source interface {
	// FunctionURL returns the ARN of what a URL invokes, "" when there is no
	// such URL, and who may call it how.
	FunctionURL(ctx context.Context, id string) (functionARN, authType, invokeMode string, cors *api.Cors, err error)
}

// Options are what a Handler needs.
type Options struct {
	Source Source
	Caller call.Caller
	Clock  clock.Clock
	Log    *slog.Logger
	Traces *telemetry.Tracer // may be nil
	// Admit proves who has signed a request to a URL with AWS_IAM, and whether
	// the function's policy lets them in; of one with NONE, whether it lets
	// anyone in. Nil accepts any key, and asks no policy. A wire.Error is the
	// caller's fault.
	Admit func(r *http.Request, body []byte, target Target) (call.Principal, error)
}

// Target is what a caller wants to invoke.
type Target struct {
	Function arn.ARN // with its qualifier, if it has one
	AuthType string
}

// Handler serves /<id>/… as edge.Mount hands it on.
type Handler struct{ options Options }

// New returns a handler.
func New(o Options) *Handler { return &Handler{options: o} }

// exchange is one request on its way.
type exchange struct {
	*Handler

	w     http.ResponseWriter
	r     *http.Request
	info  call.Info
	began time.Time

	id       string // the URL's
	path     string // what follows it, as it was sent
	function string // ARN
	target   arn.ARN
	cors     *api.Cors
	caller   *event.IAM // nil: anybody
	body     []byte
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{Handler: h, w: w, r: r, info: call.From(r.Context()), began: h.options.Clock.Now()}
	clear(w.Header()) // what the edge lets browsers do with its own answers is not meant for a function's
	w.Header().Set("X-Amzn-Requestid", x.info.RequestID)
	w.Header().Set("X-Amzn-Trace-Id", x.info.TraceID)
	id, path, _ := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	x.id, x.path = id, "/"+path
	if unescaped, err := url.PathUnescape(id); err == nil {
		x.id = unescaped
	}
	function, authType, mode, cors, err := h.options.Source.FunctionURL(r.Context(), x.id)
	switch {
	case err != nil:
		x.fault("find function URL", err)
		return
	case function == "":
		x.refuse(http.StatusNotFound, "ResourceNotFoundException", `{"Message":null}`)
		return
	}
	x.function, x.cors = function, cors
	if x.target, err = arn.Parse(function); err != nil {
		x.fault("read function's ARN", err)
		return
	}
	x.follow()
	x.addCors()
	switch {
	case x.preflight():
	case authType == api.FunctionUrlAuthTypeAwsIam && signed.AccessKey(x.r) == "":
		x.forbid()
	case !x.readBody(), !x.admit(authType):
	case mode == api.InvokeModeResponseStream:
		x.stream()
	default:
		x.buffered()
	}
}

// as is the context in which the function is invoked. A client that goes away
// does not end the invocation.
func (x *exchange) as() context.Context {
	ctx := call.With(context.WithoutCancel(x.r.Context()), x.info)
	if strings.Contains(x.info.TraceID, ";Sampled=1") {
		path, _, _ := strings.Cut(x.r.RequestURI, "?")
		ctx = call.Asked(ctx, telemetry.HTTP{
			Method: x.r.Method, URL: "https://" + x.r.Host + path, ClientIP: x.info.SourceIP, UserAgent: x.r.UserAgent(),
		})
	}
	return call.As(ctx, "lambda.amazonaws.com", x.function, x.target.Account, x.target.Region)
}

// follow decides whether the trace that begins here is kept. The invocation is its
// first span: a URL is no resource of its own.
func (x *exchange) follow() {
	trace, ok := telemetry.ParseTrace(x.info.TraceID)
	if !ok || !trace.Open() {
		return
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(x.target.Resource, "function:"), ":")
	x.info.TraceID = x.options.Traces.Decide(trace, x.target.Account, x.target.Region, telemetry.Root{
		Account: x.target.Account, Region: x.target.Region, Name: name, Type: "AWS::Lambda", ARN: x.function,
		Method: x.r.Method, Host: x.r.Host, Path: x.path,
	}).String()
	x.w.Header().Set("X-Amzn-Trace-Id", x.info.TraceID)
}

// readBody reads the body, or refuses it.
func (x *exchange) readBody() bool {
	control := http.NewResponseController(x.w)
	// Not every writer (a test's recorder) has deadlines; without one we wait.
	_ = control.SetReadDeadline(clock.System{}.Now().Add(maxRead))
	var b bytes.Buffer
	n, err := b.ReadFrom(io.LimitReader(x.r.Body, maxBody+1))
	_ = control.SetReadDeadline(time.Time{})
	switch {
	case n > maxBody:
		x.refuse(http.StatusRequestEntityTooLarge, "RequestTooLargeException",
			`{"Message":"Request must be smaller than `+strconv.Itoa(maxBody)+` bytes for the InvokeFunction operation"}`)
		return false
	case err != nil:
		x.refuse(http.StatusRequestTimeout, "RequestTimeoutException", `{"Message":"Request Timeout"}`)
		return false
	}
	x.body = b.Bytes()
	return true
}

// forbid is the answer to who may not call.
func (x *exchange) forbid() {
	x.refuse(http.StatusForbidden, "AccessDeniedException", `{"Message":"Forbidden"}`)
}

// admit knows the caller of a URL with AWS_IAM by the request's signature, or
// refuses it.
func (x *exchange) admit(authType string) bool {
	key, iam := signed.AccessKey(x.r), authType == api.FunctionUrlAuthTypeAwsIam
	if x.options.Admit == nil {
		if account := x.target.Account; iam {
			x.caller = &event.IAM{AccessKey: key, AccountID: account, CallerID: account, UserID: account, UserARN: "arn:aws:iam::" + account + ":root"}
		}
		return true
	}
	who, err := x.options.Admit(x.r, x.body, Target{Function: x.target, AuthType: authType})
	if fault, ok := errors.AsType[*wire.APIError](err); ok {
		if code := fault.Code; code == "AccessDenied" || code == "AccessDeniedException" {
			x.forbid()
			return false
		}
		body, _ := json.Marshal(map[string]string{"message": fault.Message}) // text alone
		x.refuse(http.StatusForbidden, fault.Code, string(body))
		return false
	}
	if err != nil {
		x.fault("admit caller", err)
		return false
	}
	if iam {
		x.caller = signed.Proved(key, who)
	}
	return true
}

// event is the request as the function is given it.
func (x *exchange) event() *event.V2 {
	domain := x.r.Host
	if i := strings.LastIndexByte(domain, ':'); i > strings.LastIndexByte(domain, ']') {
		domain = domain[:i]
	}
	if !strings.HasPrefix(domain, x.id+".") { // it was called by path
		domain = x.id + "." + HostService + "." + x.target.Region + ".on.aws"
	}
	e := &event.V2{
		Version: "2.0", RouteKey: "$default", RawPath: x.path, RawQueryString: x.r.URL.RawQuery,
		Cookies: event.Cookies(x.r.Header), Headers: event.Lower(event.Headers(x.r, x.info, len(x.body))),
		QueryStringParameters: event.Joined(x.r.URL.Query()),
		RequestContext: event.ContextV2{
			AccountID: "anonymous", APIID: x.id, DomainName: domain, DomainPrefix: x.id,
			HTTP: event.HTTPV2{
				Method: x.r.Method, Path: x.path, Protocol: x.r.Proto, SourceIP: x.info.SourceIP, UserAgent: x.r.UserAgent(),
			},
			RequestID: x.info.RequestID, RouteKey: "$default", Stage: "$default",
			Time: x.began.UTC().Format(event.TimeForm), TimeEpoch: x.began.UnixMilli(),
		},
	}
	if x.caller != nil {
		e.RequestContext.AccountID = x.caller.AccountID
		e.RequestContext.Authorizer = &event.AuthorizerV2{IAM: x.caller}
	}
	e.Body, e.IsBase64Encoded = event.BodyText(x.r.Header, x.body)
	return e
}

// send writes a whole reply.
func (x *exchange) send(status int, header http.Header, body []byte) {
	h := x.w.Header()
	for name, values := range header {
		if x.cors != nil && isCors(name) {
			continue // the URL's configuration counts
		}
		h[name] = values
	}
	if status != http.StatusNoContent && status != http.StatusNotModified {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	x.w.WriteHeader(status)
	if x.r.Method != http.MethodHead {
		_, _ = x.w.Write(body) // the client may be gone
	}
}

// refuse is an answer of our own.
func (x *exchange) refuse(status int, kind, body string) {
	h := http.Header{"Content-Type": {"application/json"}, "X-Amzn-Errortype": {kind}}
	if !strings.HasPrefix(body, "{") {
		h.Set("Content-Type", "text/plain")
	}
	x.send(status, h, []byte(body))
}

// fault is the answer when something of ours has failed. The cause is for the
// log alone.
func (x *exchange) fault(what string, err error) {
	if errors.Is(err, context.Canceled) {
		return // nobody is there to be answered
	}
	x.options.Log.ErrorContext(x.r.Context(), "function URL", "what", what, "url", x.id, "request", x.info.RequestID, "cause", err)
	x.refuse(http.StatusInternalServerError, "InternalServerException", "Internal Server Error")
}
