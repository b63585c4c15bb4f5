package gateway

import (
	"time"

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
	dataProcessed
)

// newMetrics returns what is measured of APIs.
//
// Spec: API Gateway Developer Guide, Monitor CloudWatch metrics for HTTP APIs.
func newMetrics(m telemetry.Meter) *telemetry.Family {
	return telemetry.NewFamily(
		m, "AWS/ApiGateway", []string{"ApiId", "Stage", "Resource", "Method"},
		telemetry.Kind{Name: "Count", Unit: "Count"}, telemetry.Kind{Name: "4xx", Unit: "Count"}, telemetry.Kind{Name: "5xx", Unit: "Count"},
		telemetry.Kind{Name: "Latency", Unit: "Milliseconds"}, telemetry.Kind{Name: "IntegrationLatency", Unit: "Milliseconds"},
		telemetry.Kind{Name: "DataProcessed", Unit: "Bytes"},
	)
}

// measure adds an exchange that has been answered to the metrics of its API and
// stage, and of its route where the stage asks for details.
func (x *exchange) measure(answer *reply) {
	if x.api == nil || x.stage == nil {
		return
	}
	is := func(class int) float64 {
		if answer.status/100 == class {
			return 1
		}
		return 0
	}
	values := [6]telemetry.Value{
		{Kind: requests, Is: 1},
		{Kind: clientErrors, Is: is(4)},
		{Kind: serverErrors, Is: is(5)},
		{Kind: latency, Is: milliseconds(x.g.options.Clock.Now().Sub(x.began))},
		{Kind: dataProcessed, Is: float64(max(0, x.r.ContentLength) + x.sent)},
		{Kind: integrationLatency, Is: milliseconds(x.integrationLatency)},
	}
	used := values[:]
	if x.integrationLatency == 0 {
		used = values[:5] // no integration was reached
	}
	metrics := x.g.metrics
	of := telemetry.Of(x.api.Account, x.api.Region, x.api.ID)
	metrics.Add(of, used...)
	of.Values[1] = x.stage.StageName
	metrics.Add(of, used...)
	if x.route == nil || !x.detailed() {
		return
	}
	of.Values[2], of.Values[3] = x.route.path, x.route.key.Method
	if x.route.key.Default {
		of.Values[2], of.Values[3] = "$default", "$default"
	}
	metrics.Add(of, used...)
}

// detailed tells whether the stage wants metrics of the exchange's route.
func (x *exchange) detailed() bool {
	own := settingsOf(&x.stage.Stage.Stage, x.route.RouteKey)
	if own != nil && own.DetailedMetricsEnabled != nil {
		return *own.DetailedMetricsEnabled
	}
	all := x.stage.DefaultRouteSettings
	return all != nil && wire.Value(all.DetailedMetricsEnabled)
}

// milliseconds is a duration as CloudWatch has it.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
