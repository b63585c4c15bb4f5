package lambda

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/source"
	"maru.dev/maru/telemetry"
)

// The nodes of an invocation on the service map: Lambda, which is asked for it,
// and the function, which runs.
const (
	lambdaNode   = "AWS::Lambda"
	functionNode = "AWS::Lambda::Function"
)

// untold is what remains to be told of an invocation whose trace is not kept.
func untold(*outcome, error) {}

// traced begins the function's span of an invocation: what the function calls is
// its child, since that is the trace that the runtime is told of. The function
// returned ends it.
func (s *Service) traced(p *flight, inv *invocation) func(*outcome, error) {
	trace, ok := s.Traces.On(inv.traceID)
	if !ok {
		return untold
	}
	f, v := p.function, p.version
	span := &telemetry.Span{
		Trace: trace.Root, ID: s.Traces.NewID(), Parent: trace.Parent, Type: functionNode, Name: f.Name, ARN: f.functionARN(f.Name, ""),
		Account: f.Account, Region: f.Region, Start: s.Clock.Now(), Request: inv.requestID, LogGroup: v.logGroup(f.Name),
	}
	inv.traceID = trace.Under(span.ID).String()
	open := s.Traces.Start(span)
	return func(o *outcome, err error) {
		if _, busy := errors.AsType[*api.TooManyRequestsException](err); busy {
			open.Drop() // it did not run
			return
		}
		end := *span
		end.End = s.Clock.Now()
		end.Steps = s.phases(&end, o)
		switch {
		case err != nil:
			end.Outcome, end.Code, end.Message = telemetry.Fault, "ServiceException", err.Error()
		case o.FunctionError != "":
			end.Outcome, end.Code, end.Message = telemetry.Fault, o.ErrorType, errorMessage(o.Payload)
			if end.Code == "" {
				end.Code = o.FunctionError
			}
		}
		open.End(&end)
	}
}

// phases are the steps of an invocation, as AWS names them, as far as they were
// measured: what comes before them is that an environment is made ready.
func (s *Service) phases(span *telemetry.Span, o *outcome) (steps []telemetry.Span) {
	if o == nil {
		return nil
	}
	later := func(t time.Time) time.Time {
		if t.Before(span.Start) {
			return span.Start
		}
		return t
	}
	ran := later(span.End.Add(-o.Duration))
	if o.Init > 0 {
		steps = append(steps, telemetry.Span{ID: s.Traces.NewID(), Name: "Initialization", Start: later(ran.Add(-o.Init)), End: ran})
	}
	run := telemetry.Span{ID: s.Traces.NewID(), Name: "Invocation", Start: ran, End: span.End}
	if o.FunctionError != "" {
		run.Outcome = telemetry.Fault
	}
	return append(steps, run)
}

// binding is what an environment's calls are known by while it runs an
// invocation.
type binding struct {
	mu    sync.Mutex
	key   string
	trace string
	end   bool
}

// bind has the calls of an environment go on in the invocation's trace, also if
// the function's clients say nothing of it. Keys that are not of one environment
// alone are none that a session has.
func (s *Service) bind(b *binding, key, traceID string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.end || !strings.HasPrefix(key, "ASIA") {
		return
	}
	if b.key != key {
		s.Traces.Unbind(b.key, b.trace) // that environment had ended before it began
	}
	b.key, b.trace = key, traceID
	s.Traces.Bind(key, traceID)
}

// unbind ends that.
func (s *Service) unbind(b *binding) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.end = true
	s.Traces.Unbind(b.key, b.trace)
}

// attempted tells of one attempt at an asynchronous invocation, as steps of
// Lambda's own span: how long the event has waited, and the attempt. The
// invocation is the attempt's child.
func (s *Service) attempted(t target, e *event) (traceID string, done func(*outcome, error)) {
	trace, ok := s.Traces.On(e.TraceID)
	if !ok {
		return e.TraceID, untold
	}
	began := s.Clock.Now()
	step := telemetry.Span{Trace: trace.Root, Parent: trace.Parent, Account: t.Account, Region: t.Region}
	if e.Runs == 0 && e.Throttles == 0 {
		dwell := step
		dwell.ID, dwell.Name, dwell.Start, dwell.End = s.Traces.NewID(), "Dwell Time", e.Received, began
		s.Traces.Span(&dwell)
	}
	step.ID, step.Name, step.Start = s.Traces.NewID(), "Attempt #"+strconv.Itoa(e.Runs+e.Throttles+1), began
	return trace.Under(step.ID).String(), func(o *outcome, err error) {
		step.End = s.Clock.Now()
		fail(&step, o, err)
		s.Traces.Span(&step)
	}
}

// asked tells of an invocation that a poller makes, which no call of Invoke has
// told of: Lambda's own span, and in each further trace that the batch comes from
// one that leads here.
func (s *Service) asked(ctx context.Context, t target, inv *invocation) (done func(*outcome, error)) {
	trace, ok := s.Traces.On(inv.traceID)
	if !ok {
		return untold
	}
	span := telemetry.Span{
		Trace: trace.Root, ID: s.Traces.NewID(), Parent: trace.Parent, Type: lambdaNode, Name: t.name, ARN: t.functionARN(t.name, ""),
		Account: t.Account, Region: t.Region, Start: s.Clock.Now(), Operation: "Invoke", Request: inv.requestID, Links: source.Links(ctx),
	}
	inv.traceID = trace.Under(span.ID).String()
	return func(o *outcome, err error) {
		span.End = s.Clock.Now()
		fail(&span, o, err)
		source.Tell(s.Traces, &span)
	}
}

// fail notes how an invocation has failed, if it has.
func fail(span *telemetry.Span, o *outcome, err error) {
	switch {
	case err != nil:
		span.Outcome, span.Message = telemetry.Error, err.Error()
		if _, busy := errors.AsType[*api.TooManyRequestsException](err); busy {
			span.Outcome, span.Code = telemetry.Throttle, "TooManyRequestsException"
		}
	case o != nil && o.FunctionError != "":
		span.Outcome, span.Code = telemetry.Fault, o.FunctionError
	}
}
