package pipes

import (
	"encoding/json"
	"time"

	"maru.dev/maru/telemetry"
)

// The metrics of a pipe, in the order in which newMetrics names them.
const (
	concurrency = iota
	invocations
	duration
	eventCount
	eventSize
	executionFailed
	executionPartlyFailed
	executionTimeout
	enrichmentDuration
	enrichmentFailed
	targetDuration
	targetFailed
	targetPartlyFailed
	targetSkipped
)

// newMetrics returns what is measured of pipes.
//
// Spec: EventBridge User Guide, Monitoring Amazon EventBridge Pipes using
// CloudWatch.
func newMetrics(m telemetry.Meter) *telemetry.Family {
	plain := func(name string) telemetry.Kind { return telemetry.Kind{Name: name, Unit: "None"} }
	length := func(name string) telemetry.Kind { return telemetry.Kind{Name: name, Unit: "Milliseconds"} }
	return telemetry.NewFamily(
		m, "AWS/EventBridge/Pipes", []string{"AwsAccountId", "PipeName"},
		telemetry.Kind{Name: "Concurrency", Unit: "None", Level: true}, plain("Invocations"), length("Duration"), plain("EventCount"),
		telemetry.Kind{Name: "EventSize", Unit: "Bytes"},
		plain("ExecutionFailed"), plain("ExecutionPartiallyFailed"), plain("ExecutionTimeout"),
		length("EnrichmentStageDuration"), plain("EnrichmentStageFailed"),
		length("TargetStageDuration"), plain("TargetStageFailed"), plain("TargetStagePartiallyFailed"), plain("TargetStageSkipped"),
	)
}

// measure adds to the metrics of the execution's pipe.
func (x *execution) measure(values ...telemetry.Value) {
	x.metrics.Add(telemetry.Of(x.Account, x.Region, "", x.pipe.Name), values...)
}

// measureStart counts an execution that begins; the result is called when it
// ends.
func (x *execution) measureStart(records []map[string]any) (end func()) {
	began := x.Clock.Now()
	account := telemetry.Of(x.Account, x.Region, x.Account)
	x.metrics.Add(account, telemetry.Value{Kind: concurrency, Is: float64(x.running.Add(1))}, telemetry.Value{Kind: invocations, Is: 1})
	x.measure(telemetry.Value{Kind: invocations, Is: 1}, telemetry.Value{Kind: eventCount, Is: float64(len(records))})
	for _, r := range records {
		if text, err := json.Marshal(r); err == nil {
			x.measure(telemetry.Value{Kind: eventSize, Is: float64(len(text))})
		}
	}
	return func() {
		x.running.Add(-1)
		x.measure(telemetry.Value{Kind: duration, Is: milliseconds(x.Clock.Now().Sub(began))})
	}
}

// measureEnd counts how an execution went.
func (x *execution) measureEnd(failed []int, err error) {
	x.measure(
		telemetry.Value{Kind: executionFailed, Is: is(err != nil)}, telemetry.Value{Kind: executionTimeout, Is: 0},
		telemetry.Value{Kind: executionPartlyFailed, Is: is(err == nil && len(failed) > 0)},
	)
}

// measureEnrichment counts an enrichment.
func (x *execution) measureEnrichment(began time.Time, err error) {
	x.measure(
		telemetry.Value{Kind: enrichmentDuration, Is: milliseconds(x.Clock.Now().Sub(began))},
		telemetry.Value{Kind: enrichmentFailed, Is: is(err != nil)},
	)
}

// measureTarget counts a call of the target.
func (x *execution) measureTarget(began time.Time, failed []int, err error) {
	x.measure(
		telemetry.Value{Kind: targetDuration, Is: milliseconds(x.Clock.Now().Sub(began))},
		telemetry.Value{Kind: targetFailed, Is: is(err != nil)}, telemetry.Value{Kind: targetPartlyFailed, Is: is(err == nil && len(failed) > 0)},
	)
}

// is counts what has happened once or not.
func is(ok bool) float64 {
	if ok {
		return 1
	}
	return 0
}

// milliseconds is a duration as CloudWatch has it.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
