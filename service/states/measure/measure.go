// Package measure publishes AWS's metrics of executions.
//
// Those of activities and functions are known when they are scheduled, and
// there alone, since the events that follow do not name them: how long they take
// and how they end is not measured. Children of map runs are not measured.
package measure

import (
	"time"

	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/history"
	"maru.dev/maru/telemetry"
)

// The metrics of a state machine, in the order in which New names them.
const (
	started = iota
	succeeded
	failed
	timedOut
	aborted
	throttled
	redriven
	elapsed
	billed
)

// The metrics of what tasks use, in the order in which New names them.
const (
	scheduled = iota
	begun
	done
	gone
	late
)

// Metrics measures executions.
type Metrics struct {
	machines, functions, activities, integrations *telemetry.Family
}

// New returns the metrics of Step Functions.
//
// Spec: Step Functions Developer Guide, Monitoring Step Functions metrics using
// Amazon CloudWatch.
func New(m telemetry.Meter) *Metrics {
	const namespace = "AWS/States"
	count := func(name string) telemetry.Kind { return telemetry.Kind{Name: name, Unit: "Count"} }
	return &Metrics{
		machines: telemetry.NewFamily(
			m, namespace, []string{"StateMachineArn", "Alias", "Version"},
			count("ExecutionsStarted"), count("ExecutionsSucceeded"), count("ExecutionsFailed"), count("ExecutionsTimedOut"),
			count("ExecutionsAborted"), count("ExecutionThrottled"), count("ExecutionsRedriven"),
			telemetry.Kind{Name: "ExecutionTime", Unit: "Milliseconds"},
			telemetry.Kind{Name: "ExpressExecutionBilledDuration", Unit: "Milliseconds"},
		),
		functions:  telemetry.NewFamily(m, namespace, []string{"LambdaFunctionArn"}, count("LambdaFunctionsScheduled")),
		activities: telemetry.NewFamily(m, namespace, []string{"ActivityArn"}, count("ActivitiesScheduled")),
		integrations: telemetry.NewFamily(
			m, namespace, []string{"ServiceIntegrationResourceArn"},
			count("ServiceIntegrationsScheduled"), count("ServiceIntegrationsStarted"), count("ServiceIntegrationsSucceeded"),
			count("ServiceIntegrationsFailed"), count("ServiceIntegrationsTimedOut"),
		),
	}
}

// Machine is what is started: by its ARN alone, by an alias or by a version.
type Machine struct {
	Account, Region string
	ARN             string
	Alias, Version  string
}

// add measures a machine, and its alias or version on their own.
func (m *Metrics) add(at Machine, values ...telemetry.Value) {
	m.machines.Add(telemetry.Of(at.Account, at.Region, at.ARN), values...)
	switch {
	case at.Alias != "":
		m.machines.Add(telemetry.Of(at.Account, at.Region, at.ARN, at.Alias), values...)
	case at.Version != "":
		m.machines.Add(telemetry.Of(at.Account, at.Region, at.ARN, "", at.Version), values...)
	}
}

// Started counts an execution that has begun, and one that was redriven.
func (m *Metrics) Started(at Machine, again bool) {
	kind := started
	if again {
		kind = redriven
	}
	m.add(at, telemetry.Value{Kind: kind, Is: 1})
}

// Ended counts how an execution has ended, and how long it took.
func (m *Metrics) Ended(at Machine, status engine.Status, took time.Duration) {
	var values [4]telemetry.Value
	for i, s := range [...]engine.Status{engine.Succeeded, engine.FailedStatus, engine.TimedOut, engine.AbortedStatus} {
		values[i].Kind = succeeded + i
		if s == status {
			values[i].Is = 1
		}
	}
	m.add(at, values[0], values[1], values[2], values[3], telemetry.Value{Kind: elapsed, Is: float64(took.Milliseconds())})
}

// Billed adds what an express execution costs.
func (m *Metrics) Billed(at Machine, took time.Duration) {
	m.add(at, telemetry.Value{Kind: billed, Is: float64((took.Milliseconds()/100 + 1) * 100)})
}

// Events measures what tasks did, as a turn's events tell.
func (m *Metrics) Events(account, region string, events []history.Event) {
	for i := range events {
		e := &events[i]
		switch e.Type {
		case history.LambdaFunctionScheduled:
			m.functions.Add(telemetry.Of(account, region, e.Resource), telemetry.Value{Kind: scheduled, Is: 1})
		case history.ActivityScheduled:
			m.activities.Add(telemetry.Of(account, region, e.Resource), telemetry.Value{Kind: scheduled, Is: 1})
		case history.TaskScheduled:
			m.task(account, region, e, scheduled)
		case history.TaskStarted:
			m.task(account, region, e, begun)
		case history.TaskSucceeded:
			m.task(account, region, e, done)
		case history.TaskFailed, history.TaskStartFailed, history.TaskSubmitFailed:
			m.task(account, region, e, gone)
		case history.TaskTimedOut:
			m.task(account, region, e, late)
		}
	}
}

// task measures a service integration.
func (m *Metrics) task(account, region string, e *history.Event, kind int) {
	resource := "arn:aws:states:::" + e.ResourceType + ":" + e.Resource
	m.integrations.Add(telemetry.Of(account, region, resource), telemetry.Value{Kind: kind, Is: 1})
}
