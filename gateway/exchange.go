package gateway

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"maru.dev/maru/call"
	"maru.dev/maru/gateway/front"
	"maru.dev/maru/gateway/tracing"
	"maru.dev/maru/gateway/transfer"
)

// exchange is one request on its way.
type exchange struct {
	g     *Gateway
	w     http.ResponseWriter
	r     *http.Request
	info  call.Info
	began time.Time
	id    string

	at         front.Address
	path       string // as it was sent: later without the stage
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

	span tracing.Part
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
	x.g.options.Log.ErrorContext(x.r.Context(), "gateway", "what", what, "api", x.at.API, "request", x.id, "cause", err)
	return message(http.StatusInternalServerError, "Internal Server Error")
}

// readBody reads the whole body, once.
func (x *exchange) readBody() *reply {
	if x.body != nil || x.r.ContentLength == 0 {
		return nil
	}
	body, err := transfer.Read(x.w, x.r)
	switch {
	case errors.Is(err, transfer.ErrTooLarge):
		return message(http.StatusRequestEntityTooLarge, "Request Entity Too Large")
	case err != nil:
		return message(http.StatusRequestTimeout, "Request Timeout")
	}
	x.body = body
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
		x.sent = transfer.Stream(x.w, answer.stream)
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

// sourceARN names the route that was called, as permissions do.
func (x *exchange) sourceARN() string {
	s := "arn:aws:execute-api:" + x.api.Region + ":" + x.api.Account + ":" + x.api.ID + "/" + x.stage.StageName + "/"
	if x.route.key.Default {
		return s + "$default"
	}
	return s + x.r.Method + x.route.path
}
