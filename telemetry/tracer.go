package telemetry

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
	"unique"

	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
)

const (
	// spanDelay is how long a span waits for others: what a crash may lose.
	spanDelay = 150 * time.Millisecond
	// maxSpans is how many spans wait, at most; more are dropped and counted.
	maxSpans = 8192
	// lateAfter is how long work goes on before its trace shows it as under way.
	lateAfter = time.Second
)

// Tracer keeps the spans of traces: it decides which traces are kept, takes the
// spans of those and hands them on in batches. A nil Tracer keeps none, and all
// of its methods can be called.
//
// What happens on a request's path is little: a trace that is not kept costs a
// look at a counter.
type Tracer struct {
	clock   clock.Clock
	ids     ids.Source
	log     *slog.Logger
	none    bool
	sampler *sampler
	dropped atomic.Int64
	wake    chan struct{}
	bound   bindings

	mu      sync.Mutex
	waiting map[place][]*Span
	count   int
	open    map[*Open]struct{}

	flushing sync.Mutex // keeps flushes apart
	stores   []SpanStore
}

// place is where a span is kept.
type place struct{ account, region string }

// TracerOptions are what a Tracer needs.
type TracerOptions struct {
	Clock clock.Clock
	IDs   ids.Source
	Log   *slog.Logger
	// All keeps every trace up to a rate that a person can look at; without it
	// X-Ray's default rule decides about what no other rule is for.
	All bool
	// None keeps no trace. Who calls in which trace is known nevertheless, since the
	// lineage of functions goes with it.
	None bool
}

// NewTracer returns a tracer. What it is told waits until it has a store and
// runs.
func NewTracer(o TracerOptions) *Tracer {
	t := &Tracer{
		clock: o.Clock, ids: o.IDs, log: o.Log, none: o.None,
		wake: make(chan struct{}, 1), waiting: make(map[place][]*Span), open: make(map[*Open]struct{}),
	}
	t.sampler = newSampler(o.All, o.IDs, t.rouse)
	return t
}

// Store says who keeps the spans. It is called before Run. One that knows
// sampling rules is asked for them.
func (t *Tracer) Store(to SpanStore) {
	if t == nil {
		return
	}
	t.flushing.Lock()
	defer t.flushing.Unlock()
	t.stores = append(t.stores, to)
	if rules, ok := to.(SamplingRules); ok {
		t.sampler.source = rules
	}
}

// Decide returns a trace with the decision whether it is kept. It is for traces
// that begin, or about which nobody has decided.
func (t *Tracer) Decide(trace Trace, account, region string, of Rooted) Trace {
	return trace.Decided(!t.off() && t.sampler.begin(trace.Root, place{account, region}, of))
}

// New starts a trace that is kept, or returns the zero Trace.
func (t *Tracer) New(root Root) Trace {
	if t.off() {
		return Trace{}
	}
	trace := t.Decide(NewTrace(t.clock.Now(), t.ids), root.Account, root.Region, root)
	if !trace.Kept() {
		return Trace{}
	}
	return trace
}

// off tells whether no spans are wanted at all.
func (t *Tracer) off() bool { return t == nil || t.none }

// Root implements Rooted.
func (r Root) Root() Root { return r }

// On reads a header, and tells whether spans of its trace are wanted.
func (t *Tracer) On(header string) (Trace, bool) {
	if t.off() || header == "" {
		return Trace{}, false
	}
	trace, ok := ParseTrace(header)
	return trace, ok && t.Wants(trace)
}

// Wants tells whether spans of a trace are wanted: it is to be kept, and there
// are not too many already.
func (t *Tracer) Wants(trace Trace) bool {
	return !t.off() && trace.Kept() && t.sampler.admits(trace.Root)
}

// Home is where a trace began, if that was of late, and here.
func (t *Tracer) Home(root string) (account, region string, ok bool) {
	if t == nil {
		return "", "", false
	}
	for i := range t.sampler.known {
		v, _ := t.sampler.known[i].Load(root)
		if at, known := v.(unique.Handle[place]); known {
			return at.Value().account, at.Value().region, true
		}
	}
	return "", "", false
}

// NewID returns a span's id.
func (t *Tracer) NewID() string { return t.ids.Hex(16) }

// Now is the time by which spans begin and end.
func (t *Tracer) Now() time.Time { return t.clock.Now() }

// Span takes a span of a trace that is wanted. It belongs to the tracer from
// then on.
func (t *Tracer) Span(s *Span) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.add(s)
}

// add is Span under the lock.
func (t *Tracer) add(s *Span) {
	if t.count >= maxSpans {
		t.dropped.Add(1)
		return
	}
	at := place{s.Account, s.Region}
	t.waiting[at] = append(t.waiting[at], s)
	if t.count++; t.count == 1 {
		t.rouse()
	}
}

// rouse tells Run that there is something to do.
func (t *Tracer) rouse() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// Dropped is how many spans were not kept, since there were too many at once or
// nobody could store them.
func (t *Tracer) Dropped() int64 {
	if t == nil {
		return 0
	}
	return t.dropped.Load()
}

// Open is work under way. If it takes long, its trace shows it before it ends,
// and still does if the process dies over it.
type Open struct {
	tracer *Tracer
	span   Span
	shown  bool
}

// Start takes note of work that begins; End ends it.
func (t *Tracer) Start(s *Span) *Open {
	if t == nil {
		return nil
	}
	o := &Open{tracer: t, span: *s}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open[o] = struct{}{}
	t.rouse()
	return o
}

// End takes the span as it is at its end.
func (o *Open) End(s *Span) {
	if o == nil {
		return
	}
	t := o.tracer
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.open, o)
	t.add(s)
}

// Drop forgets work that has not happened.
func (o *Open) Drop() {
	if o == nil {
		return
	}
	o.tracer.mu.Lock()
	defer o.tracer.mu.Unlock()
	delete(o.tracer.open, o)
}

// Run stores what comes until ctx ends. What then waits is for Flush.
func (t *Tracer) Run(ctx context.Context) error {
	real := clock.System{} // people wait in real time
	for {
		var late <-chan time.Time
		timer := real.NewTimer(lateAfter)
		if t.watched() {
			late = timer.C()
		}
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-t.wake:
		case <-late:
		}
		timer.Stop()
		pause := real.NewTimer(spanDelay)
		select {
		case <-ctx.Done():
			pause.Stop()
			return nil
		case <-pause.C():
		}
		t.Flush(ctx)
		t.sampler.refresh(ctx, t.log)
	}
}

// watched tells whether there is work under way that has not been shown.
func (t *Tracer) watched() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for o := range t.open {
		if !o.shown {
			return true
		}
	}
	return false
}

// Flush stores what waits.
func (t *Tracer) Flush(ctx context.Context) {
	if t == nil {
		return
	}
	t.flushing.Lock()
	defer t.flushing.Unlock()
	for at, spans := range t.take() {
		for _, store := range t.stores {
			if err := store.RecordSpans(ctx, at.account, at.region, spans); err != nil && ctx.Err() == nil {
				t.dropped.Add(int64(len(spans)))
				t.log.WarnContext(ctx, "spans were not kept", "spans", len(spans), "err", err)
			}
		}
	}
}

// take returns what waits, with what is under way for long.
func (t *Tracer) take() map[place][]*Span {
	t.mu.Lock()
	defer t.mu.Unlock()
	late := t.clock.Now().Add(-lateAfter)
	for o := range t.open {
		if !o.shown && o.span.Start.Before(late) {
			o.shown = true
			t.add(new(o.span))
		}
	}
	if t.count == 0 {
		return nil
	}
	out := t.waiting
	t.waiting, t.count = make(map[place][]*Span, len(out)), 0
	return out
}
