package events

import (
	"strings"
	"time"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/task"
	"maru.dev/maru/telemetry"
	"maru.dev/maru/wire"
)

// The metrics of rules, in the order in which newMetrics names them.
const (
	matched = iota
	triggered
	created
	attempts
	succeeded
	retried
	invocations
	failures
	letters
	lostLetters
	startLatency
	successLatency
	completeLatency
	putCalls
	putEntries
	putFailed
	putSize
	putLatency
)

// newMetrics returns what is measured of rules and buses.
//
// Spec: EventBridge User Guide, Monitoring Amazon EventBridge.
func newMetrics(m telemetry.Meter) *telemetry.Family {
	count := func(name string) telemetry.Kind { return telemetry.Kind{Name: name, Unit: "Count"} }
	latency := func(name string) telemetry.Kind { return telemetry.Kind{Name: name, Unit: "Milliseconds"} }
	return telemetry.NewFamily(
		m, "AWS/Events", []string{"EventBusName", "RuleName"},
		count("MatchedEvents"), count("TriggeredRules"), count("InvocationsCreated"), count("InvocationAttempts"),
		count("SuccessfulInvocationAttempts"), count("RetryInvocationAttempts"), count("Invocations"), count("FailedInvocations"),
		count("InvocationsSentToDlq"), count("InvocationsFailedToBeSentToDlq"),
		latency("IngestionToInvocationStartLatency"), latency("IngestionToInvocationSuccessLatency"), latency("IngestionToInvocationCompleteLatency"),
		count("PutEventsApproximateCallCount"), count("PutEventsEntriesCount"), count("PutEventsApproximateFailedCount"),
		telemetry.Kind{Name: "PutEventsRequestSize", Unit: "Bytes"}, latency("PutEventsLatency"),
	)
}

// measure adds to the metrics of a rule, of its bus and of all rules. Rules of
// the default bus are named without it.
func (s *Service) measure(account, region, bus, rule string, values ...telemetry.Value) {
	named := bus
	if bus == defaultBus {
		named = ""
	}
	s.metrics.Add(telemetry.Of(account, region), values...)
	s.metrics.Add(telemetry.Of(account, region, bus), values...)
	s.metrics.Add(telemetry.Of(account, region, named, rule), values...)
}

// note remembers that a rule has matched, and how many targets it has. It may be
// told twice.
func (e *event) note(l *listener) {
	if e.told == nil {
		e.told = make(map[string]int)
	}
	e.told[l.name] = len(l.targets)
}

// measureMatches counts the rules that events have set off, once that is on
// disk.
func (s *Service) measureMatches(events ...*event) {
	for _, e := range events {
		for rule, targets := range e.told {
			s.measure(
				e.bus.account, e.bus.region, e.bus.name, rule, telemetry.Value{Kind: matched, Is: 1}, telemetry.Value{Kind: triggered, Is: 1},
				telemetry.Value{Kind: created, Is: float64(targets)},
			)
		}
	}
}

// Measured implements call.Measured.
func (s *Service) Measured(r *call.Record) {
	in, ok := r.In.(*api.PutEventsInput)
	if !ok {
		return
	}
	bytes, failed := 0, int32(len(in.Entries))
	for i := range in.Entries {
		bytes += size(&in.Entries[i])
	}
	if out, ok := r.Out.(*api.PutEventsOutput); ok && r.Err == nil {
		failed = wire.Value(out.FailedEntryCount)
	}
	s.metrics.Add(
		telemetry.Of(r.Info.Account, r.Info.Region), telemetry.Value{Kind: putCalls, Is: 1},
		telemetry.Value{Kind: putEntries, Is: float64(len(in.Entries))}, telemetry.Value{Kind: putFailed, Is: float64(failed)},
		telemetry.Value{Kind: putSize, Is: float64(bytes)}, telemetry.Value{Kind: putLatency, Is: milliseconds(r.Ended.Sub(r.Began))},
	)
}

// observe counts the tries of deliveries to targets.
func (s *Service) observe(a task.Attempt) {
	source, err := arn.Parse(a.SourceARN)
	rest, isRule := strings.CutPrefix(source.Resource, "rule/")
	if err != nil || !isRule {
		return
	}
	bus, rule := defaultBus, rest
	if b, r, ok := strings.Cut(rest, "/"); ok {
		bus, rule = b, r
	}
	s.measure(source.Account, source.Region, bus, rule, outcomes(a)...)
}

// outcomes are what a try counts for.
func outcomes(a task.Attempt) []telemetry.Value {
	one := func(kind int) telemetry.Value { return telemetry.Value{Kind: kind, Is: 1} }
	age := milliseconds(a.Age)
	switch {
	case a.Letter && a.GivenUp:
		return []telemetry.Value{one(lostLetters)}
	case a.Letter && a.Err == nil:
		return []telemetry.Value{one(letters)}
	case a.Letter:
		return nil
	case a.GivenUp:
		return []telemetry.Value{one(invocations), one(failures), {Kind: completeLatency, Is: age}}
	}
	out := []telemetry.Value{one(attempts)}
	if a.Number > 1 {
		out = append(out, one(retried))
	} else {
		out = append(out, telemetry.Value{Kind: startLatency, Is: age})
	}
	if a.Err == nil {
		out = append(out, one(succeeded), one(invocations), telemetry.Value{Kind: successLatency, Is: age}, telemetry.Value{Kind: completeLatency, Is: age})
	}
	return out
}

// milliseconds is a duration as CloudWatch has it.
func milliseconds(d time.Duration) float64 { return float64(max(0, d).Microseconds()) / 1000 }
