package gateway

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"maru.dev/maru/gateway/event"
	"maru.dev/maru/gateway/invoke"
	"maru.dev/maru/gateway/plan"
	"maru.dev/maru/gateway/transfer"
	"maru.dev/maru/gateway/upstream"
	"maru.dev/maru/wire"
)

// errPrivate is why an integration over a VPC link cannot be called.
var errPrivate = errors.New("the integration's URI names a listener or service of a VPC, which maru cannot reach")

// callServer hands the request to an HTTP server and streams its answer back.
func (g *Gateway) callServer(x *exchange, i *integrationPlan) *reply {
	if strings.HasPrefix(wire.Value(i.IntegrationUri), "arn:") {
		return x.fault("integration", errPrivate)
	}
	if x.r.ContentLength > transfer.MaxBody {
		return message(http.StatusRequestEntityTooLarge, "Request Entity Too Large")
	}
	out, answer := g.exchangeWith(x, i) //nolint:bodyclose // the reply's stream is its body
	if answer != nil {
		return answer
	}
	x.integrationStatus = out.StatusCode
	answer = &reply{status: out.StatusCode, header: upstream.Header(out), stream: out.Body}
	if out.ContentLength >= 0 {
		answer.header.Set("Content-Length", itoa(int(out.ContentLength)))
	}
	return x.readIfMapped(i, answer)
}

// exchangeWith sends the request; a reply says why there is no answer.
func (g *Gateway) exchangeWith(x *exchange, i *integrationPlan) (*http.Response, *reply) {
	r, err := x.outgoing(i)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, message(http.StatusRequestEntityTooLarge, "Request Entity Too Large")
	case err != nil:
		return nil, x.fault("integration", err)
	}
	out, err := upstream.Send(g.transport, r, i.timeout)
	switch {
	case err == nil:
		return out, nil
	case errors.As(err, &tooLarge):
		return nil, message(http.StatusRequestEntityTooLarge, "Request Entity Too Large")
	case errors.Is(err, invoke.ErrTimeout):
		x.integrationError = err.Error()
		return nil, message(http.StatusGatewayTimeout, "Gateway Timeout")
	default:
		x.integrationError = err.Error()
		return nil, message(http.StatusServiceUnavailable, "Service Unavailable")
	}
}

// outgoing is the request as the integration is to see it.
func (x *exchange) outgoing(i *integrationPlan) (*http.Request, error) {
	for _, c := range i.changes {
		for _, ref := range c.Value.Refs() {
			if ref.From == plan.RequestBody {
				if answer := x.readBody(); answer != nil {
					return nil, &http.MaxBytesError{Limit: transfer.MaxBody}
				}
			}
		}
	}
	target, err := url.Parse(x.fill(wire.Value(i.IntegrationUri)))
	if err != nil {
		return nil, err
	}
	h := x.forwardedHeaders()
	q := url.Values{}
	for name, values := range target.Query() {
		q[name] = values
	}
	for name, values := range x.query() {
		q[name] = values
	}
	if path := x.apply(i.changes, h, q); path != "" {
		target.Path, target.RawPath = path, ""
		if !strings.HasPrefix(path, "/") {
			target.Path = "/" + path
		}
	}
	if len(i.changes) == 0 && target.RawQuery == "" {
		target.RawQuery = x.r.URL.RawQuery // as it was sent
	} else {
		target.RawQuery = q.Encode()
	}
	method := wire.Value(i.IntegrationMethod)
	if method == plan.AnyMethod {
		method = x.r.Method
	}
	return x.withBody(method, target, h)
}

// withBody makes the request with the client's body, as it comes.
func (x *exchange) withBody(method string, target *url.URL, h http.Header) (*http.Request, error) {
	var body io.ReadCloser = http.NoBody
	length := int64(0)
	switch {
	case x.body != nil:
		body, length = io.NopCloser(strings.NewReader(string(x.body))), int64(len(x.body))
	case x.r.ContentLength != 0:
		body, length = http.MaxBytesReader(nil, x.r.Body, transfer.MaxBody), x.r.ContentLength
	}
	r, err := http.NewRequestWithContext(x.r.Context(), method, target.String(), body)
	if err != nil {
		return nil, err
	}
	r.ContentLength = length
	r.Header = h
	if host := h.Get("Host"); host != "" {
		r.Host = host // a mapping may have set it
		h.Del("Host")
	}
	return r, nil
}

// forwardedHeaders are the client's headers with who it was, and through whom.
func (x *exchange) forwardedHeaders() http.Header {
	h := make(http.Header, len(x.r.Header)+4)
	drop := map[string]bool{}
	for name := range strings.SplitSeq(x.r.Header.Get("Connection"), ",") {
		drop[http.CanonicalHeaderKey(strings.TrimSpace(name))] = true
	}
	for name, values := range x.r.Header {
		if !event.HopByHop(name) && !drop[name] {
			h[name] = append([]string(nil), values...)
		}
	}
	proto := transfer.Scheme(x.r)
	h.Add("Forwarded", "by="+x.info.SourceIP+";for="+x.info.SourceIP+";host="+transfer.Host(x.r)+";proto="+proto)
	h.Add("Via", "HTTP/1.1 AmazonAPIGateway")
	forwarded := x.info.SourceIP
	if before := x.r.Header.Values("X-Forwarded-For"); len(before) > 0 {
		forwarded = strings.Join(before, ", ") + ", " + forwarded
	}
	h.Set("X-Forwarded-For", forwarded)
	h.Set("X-Forwarded-Proto", proto)
	h.Set("X-Forwarded-Host", x.r.Host)
	if x.info.TraceID != "" {
		h.Set("X-Amzn-Trace-Id", x.info.TraceID)
	}
	if h.Get("User-Agent") == "" {
		h.Set("User-Agent", "") // keep net/http from writing its own
	}
	return h
}

// fill puts the path's variables into an integration's URI: {id} and {proxy}.
func (x *exchange) fill(uri string) string {
	if !strings.Contains(uri, "{") {
		return uri
	}
	for _, s := range x.route.key.Segments {
		if !s.Var {
			continue
		}
		escaped := url.PathEscape(x.variables[s.Text])
		if s.Greedy {
			escaped = strings.ReplaceAll(escaped, "%2F", "/")
		}
		uri = strings.NewReplacer("{"+s.Text+"}", escaped, "{"+s.Text+"+}", escaped).Replace(uri)
	}
	return uri
}

// readIfMapped applies the mapping of responses, for which the body is read
// when it refers to that.
func (x *exchange) readIfMapped(i *integrationPlan, answer *reply) *reply {
	for _, c := range i.answers[itoa(answer.status)] {
		for _, ref := range c.Value.Refs() {
			if ref.From != plan.ResponseBody || answer.stream == nil {
				continue
			}
			body, err := io.ReadAll(io.LimitReader(answer.stream, transfer.MaxBody+1))
			_ = answer.stream.Close() // it is read; a failing close changes nothing
			if err != nil || len(body) > transfer.MaxBody {
				return message(http.StatusInternalServerError, "Internal Server Error")
			}
			answer.body, answer.stream = body, nil
			answer.header.Del("Content-Length")
		}
	}
	x.applyAnswer(i, answer)
	return answer
}
