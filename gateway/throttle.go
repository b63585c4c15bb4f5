package gateway

import (
	"net/http"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/gateway/limit"
)

// limits are the rate and burst of a route: its own before the stage's. ok is
// false when neither says anything.
func limits(st *api.Stage, routeKey string) (rate float64, burst int32, ok bool) {
	rate, burst = limit.AccountRate, limit.AccountBurst
	for _, rs := range [...]*api.RouteSettings{st.DefaultRouteSettings, settingsOf(st, routeKey)} {
		if rs == nil {
			continue
		}
		if rs.ThrottlingRateLimit != nil {
			rate, ok = *rs.ThrottlingRateLimit, true
		}
		if rs.ThrottlingBurstLimit != nil {
			burst, ok = *rs.ThrottlingBurstLimit, true
		}
	}
	return rate, burst, ok
}

// settingsOf are a route's own settings.
func settingsOf(st *api.Stage, routeKey string) *api.RouteSettings {
	if rs, ok := st.RouteSettings[routeKey]; ok {
		return &rs
	}
	return nil
}

// throttle turns away what goes beyond the route's limits.
func (g *Gateway) throttle(x *exchange) *reply {
	if x.route == nil || x.route.bucket == nil {
		return nil
	}
	if x.route.bucket.Take(g.options.Clock.Now()) {
		return nil
	}
	return message(http.StatusTooManyRequests, "Too Many Requests")
}

// inherit takes over the buckets of the plan before where the limits are the
// same: a change elsewhere in the API gives nobody new tokens.
func (p *apiPlan) inherit(before *apiPlan) {
	for name, st := range p.stages {
		old := before.stages[name]
		if old == nil {
			continue
		}
		for key, r := range st.byKey {
			o := old.byKey[key]
			if r.bucket != nil && o != nil && o.bucket != nil && o.bucket.Same(r.bucket) {
				r.bucket = o.bucket
			}
		}
	}
}
