package rest

import (
	"maru.dev/maru/telemetry"
	"maru.dev/maru/wire"
)

// The metrics of an API, in the order in which newMetrics names them.
const (
	requests = iota
	clientErrors
	serverErrors
	latency
	integrationLatency
	cacheHits
	cacheMisses
)

// newMetrics returns what is measured of APIs.
//
// Spec: API Gateway Developer Guide, "Amazon API Gateway dimensions and metrics".
func newMetrics(m telemetry.Meter) *telemetry.Family {
	return telemetry.NewFamily(
		m, "AWS/ApiGateway", []string{"ApiName", "Stage", "Resource", "Method"},
		telemetry.Kind{Name: "Count", Unit: "Count"}, telemetry.Kind{Name: "4XXError", Unit: "Count"}, telemetry.Kind{Name: "5XXError", Unit: "Count"},
		telemetry.Kind{Name: "Latency", Unit: "Milliseconds"}, telemetry.Kind{Name: "IntegrationLatency", Unit: "Milliseconds"},
		telemetry.Kind{Name: "CacheHitCount", Unit: "Count"}, telemetry.Kind{Name: "CacheMissCount", Unit: "Count"},
	)
}

// measure adds an exchange that has been answered to the metrics of its API and
// stage, and of its method where that is asked for.
func (x *exchange) measure(answer *reply) {
	if x.stage == nil {
		return
	}
	is := func(yes bool) float64 {
		if yes {
			return 1
		}
		return 0
	}
	values := make([]telemetry.Value, 0, 6)
	values = append(
		values,
		telemetry.Value{Kind: requests, Is: 1},
		telemetry.Value{Kind: clientErrors, Is: is(answer.status/100 == 4)},
		telemetry.Value{Kind: serverErrors, Is: is(answer.status/100 == 5)},
		telemetry.Value{Kind: latency, Is: float64(x.g.options.Clock.Now().Sub(x.began).Microseconds()) / 1000},
	)
	if x.integration.latency > 0 {
		values = append(values, telemetry.Value{Kind: integrationLatency, Is: float64(x.integration.latency.Microseconds()) / 1000})
	}
	switch x.cacheState {
	case "HIT":
		values = append(values, telemetry.Value{Kind: cacheHits, Is: 1})
	case "MISS":
		values = append(values, telemetry.Value{Kind: cacheMisses, Is: 1})
	}
	metrics := x.g.metrics
	of := telemetry.Of(x.api.Account, x.api.Region, x.api.Name)
	metrics.Add(of, values...)
	of.Values[1] = *x.stage.StageName
	metrics.Add(of, values...)
	if x.method == nil || !wire.Value(x.method.settings.MetricsEnabled) {
		return
	}
	of.Values[2], of.Values[3] = x.method.resource.Path, x.r.Method
	metrics.Add(of, values...)
}
