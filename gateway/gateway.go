package gateway

import (
	"log/slog"
	"net/http"
	"strings"

	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/gateway/accesslog"
	"maru.dev/maru/gateway/front"
	"maru.dev/maru/gateway/jwks"
	"maru.dev/maru/gateway/kept"
	"maru.dev/maru/gateway/plan"
	"maru.dev/maru/gateway/signed"
	"maru.dev/maru/gateway/transfer"
	"maru.dev/maru/gateway/upstream"
	"maru.dev/maru/gateway/verdict"
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
	// Admit proves who has signed a request to a route with IAM authorization.
	Admit signed.Admit
}

// Gateway serves HTTP APIs. It is a front.Plane.
type Gateway struct {
	options   Options
	filters   []filter
	transport *http.Transport // to HTTP integrations and issuers
	keys      *jwks.Ring
	verdicts  *verdict.Kept
	logs      *accesslog.Writer
	metrics   *telemetry.Family
	plans     kept.Plans[*plan.API, apiPlan]
}

// filter is one step on a request's way; a reply ends it.
type filter func(x *exchange) *reply

// New returns a gateway.
func New(o Options) *Gateway {
	g := &Gateway{
		options: o, transport: upstream.NewTransport(), verdicts: verdict.NewKept(),
		logs: accesslog.NewWriter(o.Caller, o.Log), metrics: newMetrics(o.Metrics),
		plans: kept.Plans[*plan.API, apiPlan]{
			Version: o.Source.Version, Load: o.Source.API, Compile: compile, Inherit: (*apiPlan).inherit,
			Of: func(p *apiPlan) uint64 { return p.Version },
		},
	}
	g.keys = jwks.New(g.transport, o.Clock)
	g.filters = []filter{
		hideEndpoint, refuseWebSocket, refuseLongHeaders, resolveStage, beginSpan, matchRoute, preflight,
		g.throttle, g.authorize, preflight, g.integrate,
	}
	return g
}

// Serve implements front.Plane.
func (g *Gateway) Serve(w http.ResponseWriter, r *http.Request, at front.Address) bool {
	p, err := g.plans.Get(r.Context(), at.API)
	if err == nil && p == nil {
		return false
	}
	x := &exchange{
		g: g, w: w, r: r, info: call.From(r.Context()), began: g.options.Clock.Now(), id: g.newRequestID(),
		at: at, path: at.Path, api: p,
	}
	var answer *reply
	if err != nil {
		answer = x.fault("plan", err)
	} else {
		answer = g.run(x)
	}
	x.send(answer)
	x.record(answer)
	x.measure(answer)
	x.endSpan(answer)
	return true
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

// hideEndpoint answers at an API's own host where it has custom domains alone.
func hideEndpoint(x *exchange) *reply {
	if x.api.NoEndpoint && x.at.Domain == "" {
		return message(http.StatusNotFound, "Not Found")
	}
	return nil
}

// refuseLongHeaders keeps to the limit on a request's header.
func refuseLongHeaders(x *exchange) *reply {
	if transfer.LongHeader(x.r) {
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
