package rest

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net/http"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/gateway/invoke"
	"maru.dev/maru/gateway/rest/plan"
	"maru.dev/maru/gateway/transfer"
	"maru.dev/maru/gateway/upstream"
	"maru.dev/maru/wire"
)

// transports are the ways to HTTP integrations: that which proves who they are,
// and that which does not for those that are said to have no good certificate.
type transports struct{ strict, trusting *http.Transport }

// newTransports returns the ways to HTTP integrations, which are shown c; nil for
// nothing.
func newTransports(c *plan.Certificate) *transports {
	t := &transports{upstream.NewTransport(), upstream.NewTransport()}
	t.strict.TLSClientConfig = &tls.Config{}
	t.trusting.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} // an API asks for it, of its own server
	if c == nil {
		return t
	}
	if pair, err := tls.X509KeyPair(c.PEM, c.Key); err == nil { // they were made together
		t.strict.TLSClientConfig.Certificates = []tls.Certificate{pair}
		t.trusting.TLSClientConfig.Certificates = []tls.Certificate{pair}
	}
	return t
}

// callServer sends the request to an HTTP server: as it came to a proxy, mapped to
// any other.
func (g *Gateway) callServer(x *exchange, uri string, proxy bool) *reply {
	m, answer := x.mappedOrPassed(proxy)
	if answer != nil {
		return answer
	}
	address, ok := m.address(uri)
	if !ok {
		return x.broken("Invalid endpoint address: " + address)
	}
	x.logSent(address, m)
	r, err := x.outgoing(address, m)
	if err != nil {
		return x.broken("Invalid endpoint address: " + err.Error())
	}
	ways := g.transport
	if x.stage != nil && x.stage.ways != nil {
		ways = x.stage.ways
	}
	way := ways.strict
	if t := x.method.integration.TlsConfig; t != nil && wire.Value(t.InsecureSkipVerification) {
		way = ways.trusting
	}
	out, err := upstream.Send(way, r, x.method.integration.timeout)
	if err != nil {
		return x.unreached(err)
	}
	x.integration.status = out.StatusCode
	if proxy && wire.Value(x.method.integration.ResponseTransferMode) == api.ResponseTransferModeStream {
		return &reply{status: out.StatusCode, header: remapped(out.Header), stream: out.Body}
	}
	defer out.Body.Close()
	body, err := io.ReadAll(io.LimitReader(out.Body, transfer.MaxBody+1))
	switch {
	case err != nil:
		return x.unreached(err)
	case len(body) > transfer.MaxBody:
		x.integration.failure = "the answer is too large"
		return x.refuse(failed, "Internal server error")
	}
	res := &result{status: out.StatusCode, header: upstream.Header(out), body: body}
	if !proxy {
		return x.answer(res)
	}
	x.logReceived(res)
	return &reply{status: res.status, header: remapped(res.header), body: body}
}

// mappedOrPassed is the request to an HTTP server, with what tells of the gateway.
func (x *exchange) mappedOrPassed(proxy bool) (m *outgoing, answer *reply) {
	if proxy {
		m, answer = x.passed()
	} else {
		m, answer = x.mapped()
	}
	if answer != nil {
		return nil, answer
	}
	m.header.Set("X-Amzn-Apigateway-Api-Id", x.api.ID)
	if x.info.TraceID != "" {
		m.header.Set("X-Amzn-Trace-Id", x.info.TraceID)
	}
	if m.header.Get("User-Agent") == "" {
		m.header.Set("User-Agent", "AmazonAPIGateway_"+x.api.ID)
	}
	return m, nil
}

// outgoing makes the request to an HTTP server.
func (x *exchange) outgoing(address string, m *outgoing) (*http.Request, error) {
	verb := wire.Value(x.method.integration.HttpMethod)
	if verb == "" || verb == "ANY" {
		verb = x.r.Method
	}
	r, err := http.NewRequestWithContext(x.r.Context(), verb, address, bytes.NewReader(m.body))
	if err != nil {
		return nil, err
	}
	r.Header = m.header
	if host := m.header.Get("Host"); host != "" { // a mapping has set it
		r.Host = host
		m.header.Del("Host")
	}
	return r, nil
}

// unreached is the answer when an HTTP server has not answered.
func (x *exchange) unreached(err error) *reply {
	if errors.Is(err, invoke.ErrTimeout) {
		return x.unanswered(err)
	}
	x.integration.failure = err.Error()
	x.execution.Failf("Execution failed due to a network error communicating with endpoint")
	return x.refuse(unreachable, "Network error communicating with endpoint")
}
