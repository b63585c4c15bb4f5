package express

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/flow"
	"maru.dev/maru/service/states/history"
	"maru.dev/maru/service/states/integrate"
	"maru.dev/maru/service/states/measure"
	"maru.dev/maru/service/states/standard"
	"maru.dev/maru/service/states/traced"
	"maru.dev/maru/service/states/trail"
)

// execution is one execution while it runs. It is the engine's Host. Only its
// goroutine touches it.
type execution struct {
	Start
	r     *Runner
	ctx   context.Context //nolint:containedctx // an execution is one call
	state engine.State
	turn  *engine.Turn

	data     map[int64]*engine.Payload
	assigned map[int64]*value.Object
	roles    map[int64]string // of tasks with credentials, by the event that scheduled them
	base     *value.Object

	works   int64 // arranged so far
	calls   []pending
	alarms  []pending
	flying  map[string]context.CancelFunc // calls that have goroutines
	results chan outcome
	lines   trail.Batch
	teller  *traced.Teller // nil: its trace is not kept
	tasks   map[int64]history.Event
}

// pending is work that is arranged.
type pending struct {
	id string
	engine.Work
}

// outcome is what a call returned.
type outcome struct {
	pending
	result any
	err    error
}

// run runs an execution to its end.
func (r *Runner) run(ctx context.Context, s Start) (End, error) {
	ctx, stop := context.WithTimeout(ctx, maxAge+time.Minute) // a guard against endless loops; the clock ends it before
	defer stop()
	x := &execution{Start: s, r: r, ctx: ctx, results: make(chan outcome, 1)}
	x.teller = traced.New(r.deps.Traces, traced.Execution{
		Header: s.Trace, ARN: s.ARN(), Name: s.Key.Scope, Machine: s.Key.MachineARN(s.Key.Scope),
		Account: s.Key.Account, Region: s.Key.Region, Started: s.At,
	})
	x.alarm(engine.Work{Kind: engine.WorkExpire, At: s.At.Add(maxAge)})
	started := history.Event{Role: s.Prepared.Role}
	if s.Version != 0 {
		started.Resource = s.Key.MachineARN(s.Key.Scope) + ":" + strconv.FormatInt(s.Version, 10)
	}
	if s.Alias != "" {
		started.ResourceType = s.Key.MachineARN(s.Key.Scope) + ":" + s.Alias
	}
	input := *s.Input
	input.Event = 0
	end, err := x.take(func(t *engine.Turn) error { return t.Start(started, &input) })
	for err == nil && end == nil {
		end, err = x.next()
	}
	for _, cancel := range x.flying {
		cancel()
	}
	if err != nil {
		return End{}, err
	}
	x.flush()
	return *end, nil
}

// take takes a turn; it returns the end if that was it.
func (x *execution) take(how func(t *engine.Turn) error) (*End, error) {
	tree := x.Prepared.Tree
	if x.Tree != nil {
		tree = x.Tree
	}
	t := &engine.Turn{
		Host: x, Ctx: x.ctx, Machine: tree, All: x.Prepared.Tree.All, State: &x.state, Status: engine.Running,
		Now: x.r.deps.Clock.Now(), Random: rand.Float64, UUID: x.r.deps.IDs.UUID, Region: x.Key.Region, Unlimited: true,
	}
	x.turn = t
	x.teller.Before(&x.state)
	tasks := measure.Underway(&x.state, t.All)
	if err := how(t); err != nil && !errors.Is(err, engine.ErrStale) {
		return nil, err
	}
	x.tell(t)
	if x.Tree == nil { // a map run's children are not measured
		x.r.metrics.Events(x.Key.Account, x.Key.Region, t.Events, tasks)
	}
	if t.Status == engine.Running {
		x.keep(t)
	}
	if x.Prepared.LogLevel != "OFF" {
		if err := x.log(t); err != nil {
			return nil, err
		}
	}
	if t.Status == engine.Running {
		return nil, nil //nolint:nilnil // it goes on
	}
	return &End{Status: t.Status, Output: t.Output, Error: t.Error, Cause: t.Cause, At: t.Now}, nil
}

// keep remembers what later turns may ask for.
func (x *execution) keep(t *engine.Turn) {
	if x.data == nil {
		x.data = make(map[int64]*engine.Payload, 8)
	}
	for event, p := range t.Payloads() {
		x.data[event] = p
	}
	for i := range t.Events {
		e := &t.Events[i]
		if p, ok := x.data[e.Same]; ok {
			x.data[e.ID] = p
		}
		if e.Role != "" && e.Type != history.ExecutionStarted {
			if x.roles == nil {
				x.roles = make(map[int64]string)
			}
			x.roles[e.ID] = e.Role
		}
		if e.Assigned == "" {
			continue
		}
		if v, err := value.Parse([]byte(e.Assigned)); err == nil {
			if x.assigned == nil {
				x.assigned = make(map[int64]*value.Object)
			}
			x.assigned[e.ID], _ = v.(*value.Object)
		}
	}
}

// next waits for whatever comes first, and takes the turn of it. A call that is
// all there is to wait for is made right here.
func (x *execution) next() (*End, error) {
	if len(x.calls) == 1 && len(x.flying) == 0 && len(x.alarms) == 1 {
		p := x.calls[0]
		x.calls = x.calls[:0]
		ctx, stop := context.WithTimeout(x.ctx, x.alarms[0].At.Sub(x.r.deps.Clock.Now()))
		result, err := x.call(ctx, p)
		expired := ctx.Err() != nil && x.ctx.Err() == nil
		stop()
		if expired && err != nil {
			return x.take(func(t *engine.Turn) error { return t.Expire() })
		}
		return x.called(outcome{p, result, err})
	}
	for _, p := range x.calls {
		x.fly(p)
	}
	x.calls = x.calls[:0]
	return x.await()
}

// fly makes a call in a goroutine of its own.
func (x *execution) fly(p pending) {
	ctx, stop := context.WithCancel(x.ctx)
	if x.flying == nil {
		x.flying = make(map[string]context.CancelFunc)
	}
	x.flying[p.id] = stop
	done := x.ctx.Done()
	// What is called for is read here, before the goroutine: only this one may.
	req, role, err := x.request(p)
	go func() {
		o := outcome{pending: p, err: err}
		if err == nil {
			o.result, o.err = x.r.integrations.Call(x.as(ctx, role, p), req)
		}
		select {
		case x.results <- o:
		case <-done:
		}
	}()
}

// await waits for a call's end or an alarm.
func (x *execution) await() (*End, error) {
	now := x.r.deps.Clock.Now()
	first := 0
	for i := range x.alarms {
		if x.alarms[i].At.Before(x.alarms[first].At) {
			first = i
		}
	}
	timer := x.r.deps.Clock.NewTimer(x.alarms[first].At.Sub(now))
	defer timer.Stop()
	return x.awaitWith(timer, first)
}

// awaitWith waits, with the first alarm's timer.
func (x *execution) awaitWith(timer clock.Timer, first int) (*End, error) {
	for {
		select {
		case <-x.ctx.Done():
			return nil, x.ctx.Err()
		case o := <-x.results:
			stop, flying := x.flying[o.id]
			if !flying { // it was cancelled
				continue
			}
			stop()
			delete(x.flying, o.id)
			return x.called(o)
		case <-timer.C():
			p := x.alarms[first]
			x.alarms = slices.Delete(x.alarms, first, first+1)
			return x.take(func(t *engine.Turn) error { return t.Due(p.Work) })
		}
	}
}

// called goes on with what a call returned.
func (x *execution) called(o outcome) (*End, error) {
	var f *flow.Failure
	if o.err != nil {
		known, ok := errors.AsType[*flow.Failure](o.err)
		if !ok && x.ctx.Err() != nil {
			return nil, x.ctx.Err()
		}
		if f = known; !ok {
			f = &flow.Failure{Name: flow.ErrTaskFailed, Cause: o.err.Error()}
		}
	}
	return x.take(func(t *engine.Turn) error { return t.Called(o.Thread, o.Event, o.result, f) })
}

// request reads what a scheduled task asks for.
func (x *execution) request(p pending) (integrate.Request, string, error) {
	th := x.state.Thread(p.Thread)
	if th == nil {
		return integrate.Request{}, "", engine.ErrStale
	}
	args, ok := x.data[p.Event]
	if !ok {
		return integrate.Request{}, "", fmt.Errorf("express: event %d has no data", p.Event)
	}
	role := x.Prepared.Role
	if own, ok := x.roles[p.Event]; ok {
		role = own
	}
	return integrate.Request{
		Resource: &x.Prepared.Tree.All[th.State].Task.Resource, Args: args.Value, Execution: x.ARN(), Machine: x.Key.MachineARN(x.Key.Scope), Role: role,
	}, role, nil
}

// call makes a call and returns what came of it.
func (x *execution) call(ctx context.Context, p pending) (any, error) {
	req, role, err := x.request(p)
	if err != nil {
		return nil, err
	}
	return x.r.integrations.Call(x.as(ctx, role, p), req)
}

// as is the context in which the execution calls services.
func (x *execution) as(ctx context.Context, role string, p pending) context.Context {
	trace := x.Trace
	if x.teller != nil {
		trace = x.teller.Under(p.Event)
	}
	return standard.AsRole(ctx, x.r.deps.Endpoint, role, x.Key, trace, x.ARN()+"#"+strconv.FormatInt(p.Event, 10))
}

// tell tells of what has ended in a turn, and remembers what was scheduled.
func (x *execution) tell(t *engine.Turn) {
	for _, s := range x.teller.After(t, x.scheduled) {
		x.r.deps.Traces.Span(s)
	}
	if x.teller == nil {
		return
	}
	for i := range t.Events {
		switch e := &t.Events[i]; e.Type {
		case history.TaskScheduled, history.LambdaFunctionScheduled, history.ActivityScheduled:
			if x.tasks == nil {
				x.tasks = make(map[int64]history.Event)
			}
			x.tasks[e.ID] = *e
		}
	}
}

// scheduled is the event that has scheduled a task.
func (x *execution) scheduled(id int64) (history.Event, error) {
	e, ok := x.tasks[id]
	if !ok {
		return e, fmt.Errorf("express: no task was scheduled by event %d", id)
	}
	return e, nil
}

// alarm arranges work for a time.
func (x *execution) alarm(w engine.Work) string {
	x.works++
	id := strconv.FormatInt(x.works, 10)
	x.alarms = append(x.alarms, pending{id, w})
	return id
}

// Load implements engine.Host.
func (x *execution) Load(event int64) (*engine.Payload, error) {
	if p, ok := x.data[event]; ok {
		return p, nil
	}
	return nil, fmt.Errorf("express: event %d has no data", event)
}

// Assigned implements engine.Host.
func (x *execution) Assigned(event int64) (*value.Object, error) {
	if o, ok := x.assigned[event]; ok {
		return o, nil
	}
	return nil, fmt.Errorf("express: event %d assigned nothing", event)
}

// Context implements engine.Host.
func (x *execution) Context() (*value.Object, error) {
	if x.base == nil {
		x.base = flow.ExecutionContext(flow.Execution{
			ID: x.ARN(), Input: x.Input.Value, Name: x.Key.Name, RoleARN: x.Prepared.Role, StartTime: x.At,
			MachineID: x.Key.MachineARN(x.Key.Scope), MachineName: x.Key.Scope,
		})
	}
	return x.base, nil
}

// Later implements engine.Host.
func (x *execution) Later(w engine.Work) (string, error) {
	if w.Kind != engine.WorkCall {
		return x.alarm(w), nil
	}
	x.works++
	p := pending{strconv.FormatInt(x.works, 10), w}
	x.calls = append(x.calls, p)
	return p.id, nil
}

// Cancel implements engine.Host.
func (x *execution) Cancel(work string) error {
	is := func(p pending) bool { return p.id == work }
	x.calls = slices.DeleteFunc(x.calls, is)
	x.alarms = slices.DeleteFunc(x.alarms, is)
	if stop, ok := x.flying[work]; ok {
		stop()
		delete(x.flying, work)
	}
	return nil
}

// Check implements engine.Host.
func (x *execution) Check(res *asl.Resource, args any) *flow.Failure {
	return x.r.integrations.Check(res, args)
}

// Token implements engine.Host.
func (x *execution) Token(*engine.Thread) string { return "" }

// errNotExpress is what an express state machine cannot do; its definition was
// refused for it.
var errNotExpress = errors.New("express: not supported by express state machines")

// Offer implements engine.Host.
func (x *execution) Offer(string, *engine.Thread) error { return errNotExpress }

// MapRun implements engine.Host.
func (x *execution) MapRun(engine.MapRun) (string, error) { return "", errNotExpress }

// StopMapRun implements engine.Host.
func (x *execution) StopMapRun(string) error { return nil }

// RedriveMapRun implements engine.Host.
func (x *execution) RedriveMapRun(string) (int64, error) { return 0, errNotExpress }

// log takes a turn's events into the lines for the log.
func (x *execution) log(t *engine.Turn) error {
	if len(t.Events) == 0 {
		return nil
	}
	texts := func(id int64) (string, error) {
		if p, ok := t.Payloads()[id]; ok {
			return p.Text, nil
		}
		p, err := x.Load(id)
		if err != nil {
			return "", err
		}
		return p.Text, nil
	}
	b, err := trail.Lines(x.Prepared, x.ARN(), 0, t.Events, texts)
	if err != nil {
		return err
	}
	if x.lines.Stream == "" {
		x.lines.Stream = b.Stream
	}
	x.lines.Lines = append(x.lines.Lines, b.Lines...)
	return nil
}

// flush writes the lines to the log, beside the execution's caller.
func (x *execution) flush() {
	if len(x.lines.Lines) == 0 {
		return
	}
	r, group, lines := x.r, x.Prepared.LogGroup, x.lines
	ctx := call.As(context.WithoutCancel(x.ctx), "delivery.logs.amazonaws.com", group, x.Key.Account, x.Key.Region)
	r.all.Go(func() {
		if err := trail.Put(ctx, r.deps.Caller, group, lines); err != nil {
			r.deps.Log.Warn("log express execution", "group", group, "err", err)
		}
	})
}
