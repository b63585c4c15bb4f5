package gateway

import (
	"net/http"
	"strconv"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/wire"
)

// integrate hands the request to the route's integration.
func (g *Gateway) integrate(x *exchange) *reply {
	if x.route == nil {
		return message(http.StatusNotFound, "Not Found")
	}
	i := x.route.integration
	if i == nil {
		return x.fault("integration", errNoTarget)
	}
	began := g.options.Clock.Now()
	name, calls := i.callee()
	answer := x.step(name, calls, func() *reply { return g.invoke(x, i) })
	x.integrationLatency = g.options.Clock.Now().Sub(began)
	return answer
}

// invoke calls an integration of any type.
func (g *Gateway) invoke(x *exchange, i *integrationPlan) *reply {
	switch {
	case i.subtype != nil:
		return g.callService(x, i)
	case wire.Value(i.IntegrationType) == api.IntegrationTypeAwsProxy:
		return g.callFunction(x, i)
	default:
		return g.callServer(x, i)
	}
}

// itoa writes a number.
func itoa(n int) string { return strconv.Itoa(n) }
