package engine

import (
	"context"
	"time"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/flow"
	"maru.dev/maru/service/states/history"
)

// Limits of an execution.
const (
	// MaxEvents is how many events a history may have.
	MaxEvents = 25_000
	// MaxData is how large a payload may be, in bytes.
	MaxData = 256 << 10
	// maxInline is how many iterations of an inline map run at a time.
	maxInline = 40
	// maxTurn and maxTurnBytes bound what one turn does before another goes on.
	maxTurn      = 1000
	maxTurnBytes = 4 << 20
)

// Status is where an execution stands.
type Status uint8

// The statuses. Their numbers are stored.
const (
	Running Status = iota + 1
	Succeeded
	FailedStatus
	TimedOut
	AbortedStatus
)

// String is the status as the API names it.
func (s Status) String() string {
	names := [...]string{"", "RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}
	return names[s]
}

// Turn takes an execution forward. Its exported fields are set by whoever begins
// it; Events and the fields after them are what came of it.
type Turn struct {
	Host
	Ctx     context.Context //nolint:containedctx // a turn is one call
	Machine *asl.Machine    // what runs: the definition, or an item processor of it
	All     map[string]*asl.State
	State   *State
	Now     time.Time
	Random  func() float64
	UUID    func() string
	Region  string
	// Unlimited histories are those that are not kept.
	Unlimited bool

	Events []history.Event

	// Status is Running until the execution ends.
	Status Status
	Output *Payload // of one that succeeded
	Error  *string  // of one that did not
	Cause  *string

	payloads map[int64]*Payload
	assigned map[int64]*value.Object
	ready    []*Thread
	bytes    int
	broken   error // the host's fault
}

// Start begins an execution. The ExecutionStarted event has everything but
// place and time.
func (t *Turn) Start(started history.Event, input *Payload) error {
	t.Status = Running
	t.State.Next = 1
	started.Type, started.Data = history.ExecutionStarted, input.Text
	t.emit(&started)
	input.Event = 1
	t.remember(input)
	if t.Machine.TimeoutSeconds > 0 {
		work, err := t.Later(Work{Kind: WorkExpire, At: t.Now.Add(time.Duration(t.Machine.TimeoutSeconds) * time.Second)})
		if err != nil {
			return err
		}
		t.State.Timer = work
	}
	th := t.spawn(nil, 0, t.Machine.StartAt, input.Event, 0)
	t.ready = append(t.ready, th)
	return t.run()
}

// GoOn takes up a turn that was cut short.
func (t *Turn) GoOn() error {
	for _, th := range t.State.Threads {
		if th.Phase == Ready || th.Phase == Again {
			t.ready = append(t.ready, th)
		}
	}
	if len(t.ready) == 0 {
		return ErrStale
	}
	return t.run()
}

// Due takes up work whose time has come. A call is no such work: whoever made it
// knows what came of it (Called).
func (t *Turn) Due(w Work) error {
	switch w.Kind {
	case WorkWait:
		return t.Waited(w.Thread, w.Event)
	case WorkRetry:
		return t.Retried(w.Thread, w.Event)
	case WorkTimeout:
		return t.TaskExpired(w.Thread, w.Event, false)
	case WorkHeartbeat:
		return t.TaskExpired(w.Thread, w.Event, true)
	case WorkGoOn:
		return t.GoOn()
	case WorkExpire:
		return t.Expire()
	case WorkCall:
	}
	return ErrStale
}

// run takes the ready threads as far as they go, within a turn's bounds.
func (t *Turn) run() error {
	for len(t.ready) > 0 && t.Status == Running && t.broken == nil {
		if !t.Unlimited && (len(t.Events) >= maxTurn || t.bytes >= maxTurnBytes) {
			_, err := t.Later(Work{Kind: WorkGoOn})
			return err
		}
		th := t.ready[0]
		switch {
		case t.State.Thread(th.ID) != th: // it was aborted meanwhile
			t.ready = t.ready[1:]
		case th.Phase == Ready:
			t.enter(th)
		case th.Phase == Again:
			t.try(th)
		default:
			t.ready = t.ready[1:]
		}
		if err := t.Ctx.Err(); err != nil {
			return err
		}
		t.checkLength()
	}
	t.checkLength() // what was not run, as a failure that waits for its retry, has events, too
	if t.Status != Running {
		t.ready = nil
	}
	return t.broken
}

// checkLength ends an execution whose history grows too long.
func (t *Turn) checkLength() {
	if t.Unlimited || t.Status != Running || t.State.Next < MaxEvents {
		return
	}
	for len(t.Events) > 0 && t.State.Next > MaxEvents { // room for the last event
		t.Events = t.Events[:len(t.Events)-1]
		t.State.Next--
	}
	t.releaseAll()
	t.end(FailedStatus, new(flow.ErrRuntime), new("The execution reached the maximum number of history events (25000)."), t.State.Next-1)
}

// spawn makes a thread at a state.
func (t *Turn) spawn(parent *Thread, index int, at string, input, prev int64) *Thread {
	t.State.Made++
	th := &Thread{ID: t.State.Made, Index: index, Phase: Ready, State: at, Input: input, Prev: prev}
	if parent != nil {
		th.Parent = parent.ID
	}
	t.State.Threads = append(t.State.Threads, th)
	return th
}

// Stamp is the time that is told of what happens, in milliseconds of 1970: no
// earlier than what happened before, also where the clock has been set back.
func (t *Turn) Stamp() int64 { return max(t.Now.UnixMilli(), t.State.At) }

// emit tells an event that is in no thread.
func (t *Turn) emit(e *history.Event) int64 {
	e.ID = t.State.Next
	e.At = t.Stamp()
	t.State.Next++
	t.State.At = e.At
	t.bytes += e.Size()
	t.Events = append(t.Events, *e)
	return e.ID
}

// tell tells an event of a thread.
func (t *Turn) tell(th *Thread, e history.Event) int64 {
	e.Prev, e.Thread = th.Prev, th.ID
	th.Prev = t.emit(&e)
	return th.Prev
}

// tellData tells an event that holds a payload, or names the one that does.
func (t *Turn) tellData(th *Thread, e history.Event, p *Payload) int64 {
	if p.Event != 0 {
		e.Same = p.Event
		return t.tell(th, e)
	}
	e.Data = p.Text
	p.Event = t.tell(th, e)
	t.remember(p)
	return p.Event
}

// remember keeps a payload for the rest of the turn.
func (t *Turn) remember(p *Payload) {
	if t.payloads == nil {
		t.payloads = make(map[int64]*Payload, 4)
	}
	t.payloads[p.Event] = p
}

// Payloads are those that the turn's events hold, for whoever remembers them.
func (t *Turn) Payloads() map[int64]*Payload { return t.payloads }

// payload returns the data of an event.
func (t *Turn) payload(event int64) (*Payload, error) {
	if p, ok := t.payloads[event]; ok {
		return p, nil
	}
	return t.Load(event)
}

// variables builds the scope that a thread reads: its own variables over those
// of the threads around it.
func (t *Turn) variables(th *Thread) (*flow.Variables, error) {
	if th == nil {
		return nil, nil //nolint:nilnil // nobody's variables are none
	}
	outer, err := t.variables(t.State.Thread(th.Parent))
	if err != nil || len(th.Vars) == 0 {
		return outer2(outer, th), err
	}
	own := value.NewObject(len(th.Vars))
	for _, v := range th.Vars {
		set, err := t.assignedBy(v.Event)
		if err != nil {
			return nil, err
		}
		got, _ := set.Get(v.Name)
		own.Set(v.Name, got)
	}
	return flow.NewVariables(outer, own), nil
}

// outer2 gives a branch without variables of its own a scope of its own.
func outer2(outer *flow.Variables, th *Thread) *flow.Variables {
	if th.Parent == 0 {
		return nil
	}
	return flow.NewVariables(outer, nil)
}

// assignedBy returns what an event assigned.
func (t *Turn) assignedBy(event int64) (*value.Object, error) {
	if set, ok := t.assigned[event]; ok {
		return set, nil
	}
	return t.Assigned(event)
}

// scope makes what a visit of a thread's state is evaluated with.
func (t *Turn) scope(th *Thread) (*flow.Scope, error) {
	input, err := t.payload(th.Input)
	if err != nil {
		return nil, err
	}
	vars, err := t.variables(th)
	if err != nil {
		return nil, err
	}
	base, err := t.context(th)
	if err != nil {
		return nil, err
	}
	state := t.All[th.State]
	return &flow.Scope{
		State: state, Input: input.Value, Variables: vars,
		Context: flow.StateContext(base, state, time.UnixMilli(th.EnteredAt).UTC(), th.Tries),
		Entered: th.Entered, Now: t.Now, Random: t.Random, UUID: t.UUID,
	}, nil
}

// context returns the context object around a thread's state: the execution's,
// with the item of the innermost map around it.
func (t *Turn) context(th *Thread) (*value.Object, error) {
	for at := th; at.Parent != 0; {
		parent := t.State.Thread(at.Parent)
		if parent.Fan != nil && t.All[parent.State].Type == asl.TypeMap {
			base, err := t.context(parent)
			if err != nil {
				return nil, err
			}
			item, err := t.item(parent, at.Index)
			if err != nil {
				return nil, err
			}
			return flow.ItemContext(base, item), nil
		}
		at = parent
	}
	return t.Host.Context()
}
