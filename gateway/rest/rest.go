package rest

import (
	"log/slog"
	"net/http"
	"time"

	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/gateway/accesslog"
	"maru.dev/maru/gateway/front"
	"maru.dev/maru/gateway/jwks"
	"maru.dev/maru/gateway/kept"
	"maru.dev/maru/gateway/rest/awsrequest"
	"maru.dev/maru/gateway/rest/plan"
	"maru.dev/maru/gateway/rest/quota"
	"maru.dev/maru/gateway/signed"
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
	// Admit proves who has signed a request to a method with IAM authorization.
	Admit signed.Admit
	// Door is for integrations with services of AWS. Nil fails them.
	Door awsrequest.Door
	// Issuer is the address of the issuer of a user pool's tokens. Nil is AWS's own.
	Issuer func(region, pool string) string
}

// Gateway serves REST APIs. It is a front.Plane.
type Gateway struct {
	options   Options
	steps     []step
	transport *transports
	keys      *jwks.Ring
	verdicts  *verdict.Kept
	cache     *kept.Answers[cacheKey, *cached]
	spender   *quota.Spender
	logs      *accesslog.Writer
	metrics   *telemetry.Family
	plans     kept.Plans[*plan.API, apiPlan]
}

// step is one step on a request's way; a reply ends it.
type step func(x *exchange) *reply

// New returns a gateway.
func New(o Options) *Gateway {
	if o.Issuer == nil {
		o.Issuer = func(region, pool string) string { return "https://cognito-idp." + region + ".amazonaws.com/" + pool }
	}
	g := &Gateway{
		options: o, transport: newTransports(nil), verdicts: verdict.NewKept(),
		cache:   &kept.Answers[cacheKey, *cached]{Limit: cacheSize},
		spender: quota.New(o.Source, o.Clock), logs: accesslog.NewWriter(o.Caller, o.Log), metrics: newMetrics(o.Metrics),
		plans: kept.Plans[*plan.API, apiPlan]{
			Version: o.Source.Version, Load: o.Source.API, Compile: compile, Inherit: (*apiPlan).inherit,
			Of: func(p *apiPlan) uint64 { return p.Version },
		},
	}
	g.keys = jwks.New(upstream.NewTransport(), o.Clock)
	g.steps = []step{
		hideEndpoint, g.resolveStage, beginSpan, refuseLongHeaders, matchResource, judgePolicy,
		g.admitKeyFirst, g.authorize, g.admitKeyLast, g.throttle, validate, g.answerKept, g.integrate,
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
		g: g, w: w, r: r, info: call.From(r.Context()), began: g.options.Clock.Now(), at: at, path: at.Path, api: p,
	}
	x.id, x.extended = g.options.IDs.UUID(), g.newExtendedID()
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

// run takes an exchange through the steps.
func (g *Gateway) run(x *exchange) *reply {
	for _, s := range g.steps {
		if answer := s(x); answer != nil {
			return answer
		}
	}
	return x.broken("the way has no end")
}

// newExtendedID returns an id as API Gateway's extended request ids look.
func (g *Gateway) newExtendedID() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return g.options.IDs.String(15, letters) + "="
}

// defaultTimeout is how long an integration may take that says nothing else.
const defaultTimeout = 29 * time.Second
