package gateway

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"maru.dev/maru/call"
	"maru.dev/maru/clock"
)

// The limits of requests to HTTP APIs.
const (
	maxBody   = 10 << 20
	maxHeader = 10_240 // bytes of names and values together, with the request line
	maxRead   = 30 * time.Second
)

// servicePrincipal is as whom the gateway calls.
const servicePrincipal = "apigateway.amazonaws.com"

// exchange is one request on its way.
type exchange struct {
	g     *Gateway
	w     http.ResponseWriter
	r     *http.Request
	info  call.Info
	began time.Time
	id    string

	target     string // an API's id, or a custom domain name
	path       string // what follows it, as it was sent: later without the stage
	domain     string // the custom domain name
	basePath   string // the mapping's key
	mapped     string // the stage that the domain's mapping names
	api        *apiPlan
	stage      *stagePlan
	route      *routePlan
	variables  map[string]string
	authorized bool
	caller     identity

	body    []byte
	queried url.Values

	integrationStatus  int
	integrationLatency time.Duration
	integrationError   string
	authorizerError    string
	sent               int64 // bytes of the answer's body

	tracing
}

// reply is what a request is answered with.
type reply struct {
	status    int
	header    http.Header // may be nil
	body      []byte
	stream    io.ReadCloser // in place of body
	preflight bool
	said      string // the text of an answer of the gateway's own
}

// kind is the sort of an answer of the gateway's own, as access logs name it.
func (a *reply) kind() string {
	if a.said == "" {
		return ""
	}
	switch a.status {
	case http.StatusUnauthorized:
		return "UNAUTHORIZED"
	case http.StatusForbidden:
		return "ACCESS_DENIED"
	case http.StatusNotFound:
		return "RESOURCE_NOT_FOUND"
	case http.StatusRequestEntityTooLarge:
		return "REQUEST_TOO_LARGE"
	case http.StatusTooManyRequests:
		return "THROTTLED"
	case http.StatusGatewayTimeout:
		return "INTEGRATION_TIMEOUT"
	default:
		return "INTEGRATION_FAILURE"
	}
}

// message is an answer of the gateway's own.
func message(status int, text string) *reply {
	return &reply{
		said: text, status: status, header: http.Header{"Content-Type": {"application/json"}},
		body: []byte(`{"message":` + strconv.Quote(text) + `}`),
	}
}

// fault is the answer when something of ours has failed. The cause is for the
// log alone.
func (x *exchange) fault(what string, err error) *reply {
	x.integrationError = err.Error()
	x.g.options.Log.ErrorContext(x.r.Context(), "gateway", "what", what, "api", x.target, "request", x.id, "cause", err)
	return message(http.StatusInternalServerError, "Internal Server Error")
}

// readPath splits /<target>/rest.
func (x *exchange) readPath() {
	x.target, x.path, _ = strings.Cut(strings.TrimPrefix(x.r.URL.EscapedPath(), "/"), "/")
	if decoded, err := url.PathUnescape(x.target); err == nil {
		x.target = decoded
	}
	x.path = "/" + x.path
}

// readBody reads the whole body, once.
func (x *exchange) readBody() *reply {
	if x.body != nil || x.r.ContentLength == 0 {
		return nil
	}
	tooLarge := message(http.StatusRequestEntityTooLarge, "Request Entity Too Large")
	if x.r.ContentLength > maxBody {
		return tooLarge
	}
	control := http.NewResponseController(x.w)
	// Not every writer (a test's recorder) has deadlines; without one we wait.
	_ = control.SetReadDeadline(clock.System{}.Now().Add(maxRead))
	var b bytes.Buffer
	if n := x.r.ContentLength; n > 0 {
		b.Grow(int(n) + bytes.MinRead)
	}
	n, err := b.ReadFrom(io.LimitReader(x.r.Body, maxBody+1))
	_ = control.SetReadDeadline(time.Time{})
	switch {
	case n > maxBody:
		return tooLarge
	case err != nil:
		return message(http.StatusRequestTimeout, "Request Timeout")
	}
	x.body = b.Bytes()
	return nil
}

// query is the parsed query string.
func (x *exchange) query() url.Values {
	if x.queried == nil {
		x.queried = x.r.URL.Query()
	}
	return x.queried
}

// send writes the reply.
func (x *exchange) send(answer *reply) {
	h := x.w.Header()
	clear(h) // what the edge lets browsers do with its own answers is not meant for an API's
	for name, values := range answer.header {
		h[name] = values
	}
	x.addCors(answer, h)
	h.Set("Apigw-Requestid", x.id)
	if answer.stream != nil {
		defer answer.stream.Close()
		x.w.WriteHeader(answer.status)
		x.sent = stream(x.w, answer.stream)
		return
	}
	if answer.status != http.StatusNoContent && answer.status != http.StatusNotModified {
		h.Set("Content-Length", strconv.Itoa(len(answer.body)))
	}
	x.w.WriteHeader(answer.status)
	if x.r.Method != http.MethodHead {
		n, _ := x.w.Write(answer.body) // the client may be gone
		x.sent = int64(n)
	}
}

// stream copies a body as it comes. Who reads it may be gone.
func stream(w http.ResponseWriter, from io.Reader) (sent int64) {
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

// host is the Host header without its port.
func (x *exchange) host() string {
	if host, _, err := net.SplitHostPort(x.r.Host); err == nil {
		return host
	}
	return x.r.Host
}

// domainName is the name by which the API was called: the Host, or what it
// would have been for requests by path.
func (x *exchange) domainName() string {
	if x.domain != "" {
		return x.domain
	}
	if host := x.host(); strings.HasPrefix(host, x.api.ID+".") {
		return host
	}
	return x.api.ID + ".execute-api." + x.api.Region + ".amazonaws.com"
}

// domainPrefix is the first label of domainName.
func (x *exchange) domainPrefix() string {
	prefix, _, _ := strings.Cut(x.domainName(), ".")
	return prefix
}

// as is the context in which the gateway calls an operation for the route.
func (x *exchange) as(account, region string) context.Context {
	ctx := context.WithoutCancel(x.r.Context())
	return call.As(ctx, servicePrincipal, x.sourceARN(), account, region)
}

// sourceARN names the route that was called, as permissions do.
func (x *exchange) sourceARN() string {
	s := "arn:aws:execute-api:" + x.api.Region + ":" + x.api.Account + ":" + x.api.ID + "/" + x.stage.StageName + "/"
	if x.route.key.Default {
		return s + "$default"
	}
	return s + x.r.Method + x.route.path
}

// isTimeout tells an error of waiting for too long.
func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}
