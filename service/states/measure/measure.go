// Package measure publishes AWS's metrics of executions.
//
// How long functions, activities and integrations take is not measured, nor are
// children of map runs.
package measure

import (
	"time"

	"maru.dev/maru/service/states/asl"
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
	used := func(dimension, what string) *telemetry.Family {
		return telemetry.NewFamily(
			m, namespace, []string{dimension},
			count(what+"Scheduled"), count(what+"Started"), count(what+"Succeeded"), count(what+"Failed"), count(what+"TimedOut"),
		)
	}
	return &Metrics{
		machines: telemetry.NewFamily(
			m, namespace, []string{"StateMachineArn", "Alias", "Version"},
			count("ExecutionsStarted"), count("ExecutionsSucceeded"), count("ExecutionsFailed"), count("ExecutionsTimedOut"),
			count("ExecutionsAborted"), count("ExecutionThrottled"), count("ExecutionsRedriven"),
			telemetry.Kind{Name: "ExecutionTime", Unit: "Milliseconds"},
			telemetry.Kind{Name: "ExpressExecutionBilledDuration", Unit: "Milliseconds"},
		),
		functions:    used("LambdaFunctionArn", "LambdaFunctions"),
		activities:   used("ActivityArn", "Activities"),
		integrations: used("ServiceIntegrationResourceArn", "ServiceIntegrations"),
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

// Tasks are the functions and activities that tasks use, by thread: of the events
// of a task the first alone names them.
type Tasks map[int64]string

// Underway returns the tasks that an execution waits for.
func Underway(s *engine.State, all map[string]*asl.State) Tasks {
	var tasks Tasks
	for _, th := range s.Threads {
		state := all[th.State]
		if th.Task == nil || state == nil || state.Task == nil {
			continue
		}
		if res := &state.Task.Resource; res.Kind == asl.LambdaFunction || res.Kind == asl.Activity {
			tasks = tasks.with(th.ID, res.ARN)
		}
	}
	return tasks
}

// with adds a task.
func (t Tasks) with(thread int64, resource string) Tasks {
	if t == nil {
		t = make(Tasks)
	}
	t[thread] = resource
	return t
}

// Events measures what tasks did, as a turn's events tell. tasks are those that
// were under way before it.
func (m *Metrics) Events(account, region string, events []history.Event, tasks Tasks) {
	for i := range events {
		e := &events[i]
		family, kind := m.told(e.Type)
		if family == nil {
			continue
		}
		resource := tasks[e.Thread]
		switch {
		case family == m.integrations:
			resource = "arn:aws:states:::" + e.ResourceType + ":" + e.Resource
		case kind == scheduled:
			resource = e.Resource
			tasks = tasks.with(e.Thread, resource)
		}
		family.Add(telemetry.Of(account, region, resource), telemetry.Value{Kind: kind, Is: 1})
	}
}

// told is what a type of event tells of, if it is about a task.
func (m *Metrics) told(t history.Type) (family *telemetry.Family, kind int) {
	switch t {
	case history.LambdaFunctionScheduled:
		return m.functions, scheduled
	case history.LambdaFunctionStarted:
		return m.functions, begun
	case history.LambdaFunctionSucceeded:
		return m.functions, done
	case history.LambdaFunctionFailed, history.LambdaFunctionStartFailed, history.LambdaFunctionScheduleFailed:
		return m.functions, gone
	case history.LambdaFunctionTimedOut:
		return m.functions, late
	case history.ActivityScheduled:
		return m.activities, scheduled
	case history.ActivityStarted:
		return m.activities, begun
	case history.ActivitySucceeded:
		return m.activities, done
	case history.ActivityFailed, history.ActivityScheduleFailed:
		return m.activities, gone
	case history.ActivityTimedOut:
		return m.activities, late
	case history.TaskScheduled:
		return m.integrations, scheduled
	case history.TaskStarted:
		return m.integrations, begun
	case history.TaskSucceeded:
		return m.integrations, done
	case history.TaskFailed, history.TaskStartFailed, history.TaskSubmitFailed:
		return m.integrations, gone
	case history.TaskTimedOut:
		return m.integrations, late
	default:
		return nil, 0
	}
}
