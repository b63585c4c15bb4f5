// Package traced makes spans of what happens in an execution: the execution
// itself, the states that it visits, and each attempt at a task, which is the
// parent of what the task calls.
//
// A span's id is made of the execution's and the event's with which it begins, so
// that whoever goes on with an execution, at whatever time and on whatever node,
// finds the same one; nothing of it is stored.
package traced

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/history"
	"maru.dev/maru/telemetry"
)

// Execution is an execution as its trace shows it.
type Execution struct {
	Header          string // of the trace that it was started in
	ARN, Name       string // Name is the state machine's
	Machine         string // ARN
	Account, Region string
	Started         time.Time
}

// Teller tells of an execution whose trace is kept. A nil Teller tells nothing.
type Teller struct {
	Execution

	tracer *telemetry.Tracer
	trace  telemetry.Trace // with the execution's own span as parent
	caller string          // the span that started it
	states map[int64]visit // by thread
	tasks  map[int64]visit
	above  map[int64]int64 // by thread: the one that waits for it
	now    time.Time
}

// visit is a state, or an attempt at a task, that has begun.
type visit struct {
	event int64
	at    time.Time // zero: not known yet
	name  string
	calls string
}

// New returns a teller, or nil.
func New(tracer *telemetry.Tracer, x Execution) *Teller {
	trace, ok := tracer.On(x.Header)
	if !ok {
		return nil
	}
	own := digest(x.ARN, x.Started.UnixMilli())
	return &Teller{Execution: x, tracer: tracer, trace: trace.Under(own), caller: trace.Parent}
}

// digest makes a span's id.
func digest(of string, n int64) string {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s#%d", of, n) // never fails
	return fmt.Sprintf("%016x", h.Sum64())
}

// span is the id of the span that begins with an event.
func (t *Teller) span(event int64) string { return digest(t.trace.Parent, event) }

// Under is the trace header for what an attempt calls, by the event that has
// scheduled it; 0 is the execution itself.
func (t *Teller) Under(event int64) string {
	switch {
	case t == nil:
		return ""
	case event == 0:
		return t.trace.String()
	}
	return t.trace.Under(t.span(event)).String()
}

// Before takes note of what is under way before a turn.
func (t *Teller) Before(s *engine.State) {
	if t == nil {
		return
	}
	t.states, t.tasks, t.above = map[int64]visit{}, map[int64]visit{}, map[int64]int64{}
	t.look(s)
}

// look takes note of the threads that there are.
func (t *Teller) look(s *engine.State) {
	for _, th := range s.Threads {
		t.above[th.ID] = th.Parent
		if th.Entered == 0 || th.Phase == engine.Ready {
			continue
		}
		if _, known := t.states[th.ID]; !known {
			t.states[th.ID] = visit{event: th.Entered, at: time.UnixMilli(th.EnteredAt), name: th.State}
		}
		if _, known := t.tasks[th.ID]; !known && th.Task != nil && (th.Phase == engine.Calling || th.Phase == engine.Pending) {
			t.tasks[th.ID] = visit{event: th.Task.Event}
		}
	}
}

// After returns the spans of what has ended in a turn, and of the execution where
// it has begun or ended. load reads an event of an earlier turn.
func (t *Teller) After(turn *engine.Turn, load func(event int64) (history.Event, error)) (spans []*telemetry.Span) {
	if t == nil {
		return nil
	}
	t.now = turn.Now
	for _, th := range turn.State.Threads {
		t.above[th.ID] = th.Parent
	}
	began := false
	for i := range turn.Events {
		e := &turn.Events[i]
		began = began || e.Type == history.ExecutionStarted || e.Type == history.ExecutionRedriven
		if s := t.event(e, load); s != nil {
			spans = append(spans, s)
		}
	}
	if turn.Status == engine.Running {
		if began {
			spans = append(spans, t.whole(turn))
		}
		return spans
	}
	for thread, v := range t.tasks {
		spans = append(spans, t.end(thread, v, true, failureOf(turn), load))
	}
	for thread, v := range t.states {
		spans = append(spans, t.end(thread, v, false, failureOf(turn), load))
	}
	return append(spans, t.whole(turn))
}

// failure is why something has ended as it should not.
type failure struct{ code, message string }

// failureOf is why an execution has failed; nil if it has not.
func failureOf(turn *engine.Turn) *failure {
	if turn.Status == engine.Succeeded || turn.Status == engine.Running {
		return nil
	}
	f := &failure{code: turn.Status.String()}
	if turn.Error != nil {
		f.code = *turn.Error
	}
	if turn.Cause != nil {
		f.message = *turn.Cause
	}
	return f
}

// mark notes a failure in a span.
func (f *failure) mark(s *telemetry.Span) {
	if f == nil {
		return
	}
	s.Outcome, s.Code, s.Message = telemetry.Fault, f.code, f.message
	switch {
	case f.code == "ABORTED":
		s.Outcome = telemetry.Error
	case strings.Contains(f.code, "TooManyRequests"), strings.Contains(f.code, "Throttl"), strings.Contains(f.code, "ThroughputExceeded"):
		s.Outcome = telemetry.Throttle
	}
}

// event takes an event in, and returns the span that ends with it, if any.
func (t *Teller) event(e *history.Event, load func(int64) (history.Event, error)) *telemetry.Span {
	name := e.Type.String()
	switch {
	case strings.HasSuffix(name, "StateEntered"):
		t.states[e.Thread] = visit{event: e.ID, at: e.Time(), name: e.Name}
	case strings.HasSuffix(name, "StateExited"):
		return t.close(t.states, e, false, nil, load)
	case strings.HasSuffix(name, "StateAborted"):
		return t.close(t.states, e, false, &failure{code: "ABORTED"}, load)
	case e.Type == history.TaskScheduled, e.Type == history.LambdaFunctionScheduled, e.Type == history.ActivityScheduled:
		v := scheduled(e)
		t.tasks[e.Thread] = v
	case e.Type == history.TaskSucceeded, e.Type == history.LambdaFunctionSucceeded, e.Type == history.ActivitySucceeded:
		return t.close(t.tasks, e, true, nil, load)
	case isTaskFailure(e.Type):
		f := &failure{code: "States.Timeout"}
		if e.Error != nil {
			f.code = *e.Error
		}
		if e.Cause != nil {
			f.message = *e.Cause
		}
		return t.close(t.tasks, e, true, f, load)
	}
	return nil
}

// isTaskFailure tells the events with which an attempt fails.
func isTaskFailure(k history.Type) bool {
	switch k {
	case history.TaskFailed, history.TaskTimedOut, history.TaskStartFailed, history.TaskSubmitFailed,
		history.LambdaFunctionFailed, history.LambdaFunctionTimedOut, history.LambdaFunctionScheduleFailed, history.LambdaFunctionStartFailed,
		history.ActivityFailed, history.ActivityTimedOut, history.ActivityScheduleFailed:
		return true
	}
	return false
}

// scheduled is the attempt that an event schedules.
func scheduled(e *history.Event) visit {
	v := visit{event: e.ID, at: e.Time(), name: "Lambda", calls: "aws"}
	switch e.Type {
	case history.TaskScheduled:
		v.name = e.ResourceType + ":" + e.Resource
		if strings.HasPrefix(e.Resource, "arn:") || e.ResourceType == "" {
			v.name = e.Resource[strings.LastIndexByte(e.Resource, ':')+1:]
		}
	case history.ActivityScheduled:
		v.name, v.calls = e.Resource[strings.LastIndexByte(e.Resource, ':')+1:], ""
	}
	return v
}

// close ends what a thread has begun.
func (t *Teller) close(of map[int64]visit, e *history.Event, task bool, f *failure, load func(int64) (history.Event, error)) *telemetry.Span {
	v, ok := of[e.Thread]
	if !ok {
		return nil
	}
	delete(of, e.Thread)
	return t.end(e.Thread, v, task, f, load)
}

// end makes a span of what ends now.
func (t *Teller) end(thread int64, v visit, task bool, f *failure, load func(int64) (history.Event, error)) *telemetry.Span {
	if task && v.at.IsZero() {
		v.at = t.now
		if e, err := load(v.event); err == nil {
			event := v.event
			v = scheduled(&e)
			v.event = event
		}
	}
	s := &telemetry.Span{
		Trace: t.trace.Root, ID: t.span(v.event), Parent: t.parentOf(thread, task), Name: v.name, Calls: v.calls,
		Account: t.Account, Region: t.Region, Start: v.at, End: t.now,
	}
	f.mark(s)
	return s
}

// parentOf is the span in which a thread's state, or the task of one, belongs.
func (t *Teller) parentOf(thread int64, task bool) string {
	if task {
		if v, ok := t.states[thread]; ok {
			return t.span(v.event)
		}
	}
	for up := t.above[thread]; up != 0; up = t.above[up] {
		if v, ok := t.states[up]; ok {
			return t.span(v.event)
		}
	}
	return t.trace.Parent
}

// whole is the execution's own span.
func (t *Teller) whole(turn *engine.Turn) *telemetry.Span {
	s := &telemetry.Span{
		Trace: t.trace.Root, ID: t.trace.Parent, Parent: t.caller, Type: "AWS::StepFunctions::StateMachine", Name: t.Name, ARN: t.Machine,
		Account: t.Account, Region: t.Region, Start: t.Started, Operation: "StartExecution",
		Annotations: map[string]any{"execution_arn": t.ARN},
	}
	if turn.Status != engine.Running {
		s.End = turn.Now
		failureOf(turn).mark(s)
	}
	return s
}
