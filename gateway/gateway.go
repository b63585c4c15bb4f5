package gateway

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/gateway/jwks"
	"maru.dev/maru/gateway/plan"
	"maru.dev/maru/ids"
	"maru.dev/maru/telemetry"
)

// Options are what a Gateway needs.
type Options struct {
	Source plan.Source
	Caller call.Caller
	Clock  clock.Clock
	IDs    ids.Source
	Log    *slog.Logger
	Traces *telemetry.Tracer // may be nil
	// Metrics takes AWS's metrics of APIs. It may be nil.
	Metrics telemetry.Meter
	// Admit proves who has signed a request to a route with IAM authorization,
	// and whether they may call it. Nil accepts any key.
	Admit func(r *http.Request, body []byte, route Route) (call.Principal, error)
}

// Route is what a caller wants to invoke.
type Route struct {
	ARN     string // arn:aws:execute-api:<region>:<account>:<api>/<stage>/<method>/<path>
	Account string
}

// Gateway serves HTTP APIs.
type Gateway struct {
	options   Options
	filters   []filter
	transport *http.Transport // to HTTP integrations and issuers
	keys      *jwks.Ring
	answers   *answers
	logs      *accessLogs
	metrics   *telemetry.Family

	mu    sync.RWMutex
	plans map[string]*apiPlan // by API id: a cache
}

// filter is one step on a request's way; a reply ends it.
type filter func(x *exchange) *reply

// New returns a gateway.
func New(o Options) *Gateway {
	g := &Gateway{
		options: o, plans: make(map[string]*apiPlan), transport: newTransport(), answers: newAnswers(),
		logs: &accessLogs{options: &o, waiting: make(map[destination][]line)}, metrics: newMetrics(o.Metrics),
	}
	g.keys = jwks.New(g.transport, o.Clock)
	g.filters = []filter{
		g.locate, refuseWebSocket, refuseLongHeaders, resolveStage, beginSpan, matchRoute, preflight,
		g.throttle, g.authorize, preflight, g.integrate,
	}
	return g
}

// ServeHTTP serves /<api-id>/… as edge.Mount hands it on; in place of the id
// may stand a custom domain name.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{
		g: g, w: w, r: r, info: call.From(r.Context()), began: g.options.Clock.Now(), id: g.newRequestID(),
	}
	x.readPath()
	answer := g.run(x)
	x.send(answer)
	x.record(answer)
	x.measure(answer)
	x.endSpan(answer)
}

// run takes an exchange through the filters.
func (g *Gateway) run(x *exchange) *reply {
	for _, f := range g.filters {
		if answer := f(x); answer != nil {
			return answer
		}
	}
	return message(http.StatusNotFound, "Not Found")
}

// newRequestID returns an id as API Gateway's extended request ids look.
func (g *Gateway) newRequestID() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return g.options.IDs.String(15, letters) + "="
}

// plan returns the compiled plan of an API as it is now.
func (g *Gateway) plan(ctx context.Context, apiID string) (*apiPlan, error) {
	version, ok, err := g.options.Source.Version(ctx, apiID)
	if err != nil || !ok {
		return nil, err
	}
	g.mu.RLock()
	p := g.plans[apiID]
	g.mu.RUnlock()
	if p != nil && p.Version == version {
		return p, nil
	}
	source, ok, err := g.options.Source.API(ctx, apiID)
	if err != nil || !ok {
		return nil, err
	}
	next := compile(source)
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.plans) >= maxPlans {
		clear(g.plans)
	}
	if p := g.plans[apiID]; p == nil || p.Version < next.Version {
		next.inherit(p)
		g.plans[apiID] = next
	}
	return next, nil
}

// maxPlans bounds the cache of plans.
const maxPlans = 10_000

// locate finds the API that a request is for.
func (g *Gateway) locate(x *exchange) *reply {
	id := x.target
	if strings.Contains(id, ".") {
		return g.locateDomain(x)
	}
	p, err := g.plan(x.r.Context(), id)
	switch {
	case err != nil:
		return x.fault("plan", err)
	case p == nil, p.NoEndpoint:
		return message(http.StatusNotFound, "Not Found")
	}
	x.api = p
	return nil
}

// refuseLongHeaders keeps to the limit on a request's header.
func refuseLongHeaders(x *exchange) *reply {
	size := len(x.r.Method) + len(x.r.RequestURI) + len(x.r.Host)
	for name, values := range x.r.Header {
		for _, v := range values {
			size += len(name) + len(v)
		}
	}
	if size > maxHeader {
		return message(http.StatusRequestHeaderFieldsTooLarge, "Request Header Fields Too Large")
	}
	return nil
}

// refuseWebSocket answers requests to speak WebSocket, which no API here does.
func refuseWebSocket(x *exchange) *reply {
	if strings.EqualFold(x.r.Header.Get("Upgrade"), "websocket") {
		return message(http.StatusNotImplemented, "WebSocket APIs are not implemented by maru")
	}
	return nil
}
