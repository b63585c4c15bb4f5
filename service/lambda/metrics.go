package lambda

import (
	"errors"
	"strings"
	"time"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/arn"
	"maru.dev/maru/task"
	"maru.dev/maru/telemetry"
)

// The metrics of functions, in the order in which newMetrics names them.
const (
	invocations = iota
	failures
	duration
	throttles
	concurrent
	unreserved
	claimed
	asyncReceived
	asyncAge
	asyncDropped
	iteratorAge
	deadLetterErrors
	destinationFailures
	recursionsDropped
	onProvisioned
	spilledOver
	provisionedBusy
	provisionedShare
)

// newMetrics returns what is measured of functions.
//
// Spec: Lambda Developer Guide, Types of metrics for Lambda functions.
func newMetrics(m telemetry.Meter) *telemetry.Family {
	return telemetry.NewFamily(
		m, "AWS/Lambda", []string{"FunctionName", "Resource", "ExecutedVersion"},
		telemetry.Kind{Name: "Invocations", Unit: "Count"},
		telemetry.Kind{Name: "Errors", Unit: "Count"},
		telemetry.Kind{Name: "Duration", Unit: "Milliseconds"},
		telemetry.Kind{Name: "Throttles", Unit: "Count"},
		telemetry.Kind{Name: "ConcurrentExecutions", Unit: "Count", Level: true},
		telemetry.Kind{Name: "UnreservedConcurrentExecutions", Unit: "Count", Level: true},
		telemetry.Kind{Name: "ClaimedAccountConcurrency", Unit: "Count", Level: true},
		telemetry.Kind{Name: "AsyncEventsReceived", Unit: "Count"},
		telemetry.Kind{Name: "AsyncEventAge", Unit: "Milliseconds"},
		telemetry.Kind{Name: "AsyncEventsDropped", Unit: "Count"},
		telemetry.Kind{Name: "IteratorAge", Unit: "Milliseconds"},
		telemetry.Kind{Name: "DeadLetterErrors", Unit: "Count"},
		telemetry.Kind{Name: "DestinationDeliveryFailures", Unit: "Count"},
		telemetry.Kind{Name: "RecursiveInvocationsDropped", Unit: "Count"},
		telemetry.Kind{Name: "ProvisionedConcurrencyInvocations", Unit: "Count"},
		telemetry.Kind{Name: "ProvisionedConcurrencySpilloverInvocations", Unit: "Count"},
		telemetry.Kind{Name: "ProvisionedConcurrentExecutions", Unit: "Count", Level: true},
		telemetry.Kind{Name: "ProvisionedConcurrencyUtilization", Unit: "Count", Level: true},
	)
}

// measure adds to the metrics of a target, of its function and of all
// functions. executed is the version that ran, if one did: it tells apart what
// came through an alias.
func (s *Service) measure(t target, executed string, values ...telemetry.Value) {
	resource := t.name
	if t.qualifier != "" {
		resource += ":" + t.qualifier
	}
	s.metrics.Add(telemetry.Of(t.Account, t.Region), values...)
	s.metrics.Add(telemetry.Of(t.Account, t.Region, t.name), values...)
	s.metrics.Add(telemetry.Of(t.Account, t.Region, t.name, resource), values...)
	if executed != "" && isAlias(t.qualifier) {
		s.metrics.Add(telemetry.Of(t.Account, t.Region, t.name, resource, executed), values...)
	}
}

// measureOne is measure for a metric that AWS publishes by function alone.
func (s *Service) measureOne(t target, kind int, value float64) {
	s.metrics.Add(telemetry.Of(t.Account, t.Region, t.name), telemetry.Value{Kind: kind, Is: value})
}

// measureRun counts an invocation that ran, or that was one too many.
func (s *Service) measureRun(t target, o *outcome, err error) {
	var busy *api.TooManyRequestsException
	switch {
	case errors.As(err, &busy):
		s.measure(t, "", telemetry.Value{Kind: throttles, Is: 1})
	case err == nil:
		failed := 0.0
		if o.FunctionError != "" {
			failed = 1
		}
		s.measure(
			t, o.version.Version, telemetry.Value{Kind: invocations, Is: 1}, telemetry.Value{Kind: failures, Is: failed},
			telemetry.Value{Kind: duration, Is: milliseconds(o.Duration)}, telemetry.Value{Kind: throttles, Is: 0},
		)
	}
}

// measureLoad notes how many invocations are under way, one more included.
func (s *Service) measureLoad(f *function, l load) {
	s.metrics.Add(
		telemetry.Of(f.Account, f.Region), telemetry.Value{Kind: concurrent, Is: float64(l.all)},
		telemetry.Value{Kind: unreserved, Is: float64(l.unreserved)}, telemetry.Value{Kind: claimed, Is: float64(l.claimed)},
	)
	s.metrics.Add(telemetry.Of(f.Account, f.Region, f.Name), telemetry.Value{Kind: concurrent, Is: float64(l.function)})
	s.metrics.Add(telemetry.Of(f.Account, f.Region, f.Name, f.Name), telemetry.Value{Kind: concurrent, Is: float64(l.function)})
}

// measureProvisioned counts an invocation of what has provisioned environments:
// one of so many that are under way, where there are so many environments.
func (s *Service) measureProvisioned(t target, v *version, underWay, environments int) {
	kind := onProvisioned
	if underWay > environments {
		kind = spilledOver
	}
	busy := float64(min(underWay, environments))
	s.measure(
		t, v.Version, telemetry.Value{Kind: kind, Is: 1}, telemetry.Value{Kind: provisionedBusy, Is: busy},
		telemetry.Value{Kind: provisionedShare, Is: busy / float64(environments)},
	)
}

// observe counts what did not reach its destination, or the dead letters.
func (s *Service) observe(a task.Attempt) {
	source, err := arn.Parse(a.SourceARN)
	if err != nil || !a.GivenUp {
		return
	}
	kind := destinationFailures
	if a.Attributes["RequestID"] != "" { // see bury
		kind = deadLetterErrors
	}
	s.measureOne(target{home: home{source.Account, source.Region}, name: strings.TrimPrefix(source.Resource, "function:")}, kind, 1)
}

// measureAge notes how old the newest record of a stream's batch is.
func (s *Service) measureAge(m *mapping, records []map[string]any) {
	a, err := arn.Parse(m.Function)
	if err != nil || len(records) == 0 {
		return
	}
	change, _ := records[len(records)-1]["dynamodb"].(map[string]any)
	created, ok := change["ApproximateCreationDateTime"].(float64)
	if !ok {
		return
	}
	if m := nameForms.FindStringSubmatch(m.Function); m != nil {
		t := target{home: home{a.Account, a.Region}, name: m[3], qualifier: m[4]}
		age := s.Clock.Now().Sub(time.UnixMilli(int64(created * 1000)))
		s.measureOne(t, iteratorAge, max(0, milliseconds(age)))
	}
}

// milliseconds is a duration as CloudWatch has it: to the hundredth.
func milliseconds(d time.Duration) float64 {
	return float64(d.Round(10*time.Microsecond)) / float64(time.Millisecond)
}
