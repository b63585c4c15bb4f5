package standard

import (
	"maru.dev/maru/kv"
	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/history"
	"maru.dev/maru/service/states/traced"
	"maru.dev/maru/telemetry"
)

// teller tells of an execution if its trace is kept, whatever its machine's
// tracing configuration says.
func (r *Runner) teller(x *Execution) *traced.Teller {
	return traced.New(r.deps.Traces, traced.Execution{
		Header: x.Trace, ARN: x.Key.ARN(), Name: x.Key.Scope, Machine: x.MachineARN(),
		Account: x.Key.Account, Region: x.Key.Region, Started: At(x.Started),
	})
}

// traceOf is the trace header for what an execution calls for a task, by the
// event that has scheduled it; 0 is for the execution as a whole.
func (r *Runner) traceOf(x *Execution, event int64) string {
	if t := r.teller(x); t != nil {
		return t.Under(event)
	}
	return x.Trace
}

// spansOf are the spans of a turn. It reads tx, and changes nothing.
func (r *Runner) spansOf(tx *kv.Tx, t *traced.Teller, x *Execution, turn *engine.Turn) []*telemetry.Span {
	return t.After(turn, func(id int64) (history.Event, error) { return event(tx, x.Key, id) })
}

// tell hands spans on, after the commit of what they tell of.
func (r *Runner) tell(spans []*telemetry.Span) {
	for _, s := range spans {
		r.deps.Traces.Span(s)
	}
}
