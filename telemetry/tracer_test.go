package telemetry

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
)

// shelf is a SpanStore that keeps what it is given, and tells rules.
type shelf struct {
	mu    sync.Mutex
	spans []*Span
	rules []SamplingRule
	err   error
	told  chan struct{} // may be nil
}

func (s *shelf) RecordSpans(_ context.Context, _, _ string, spans []*Span) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	s.spans = append(s.spans, spans...)
	if s.told != nil {
		close(s.told)
	}
	return nil
}

func (s *shelf) SamplingRules(context.Context, string, string) ([]SamplingRule, error) {
	return s.rules, nil
}

// newTestTracer returns a tracer over a shelf.
func newTestTracer(tb testing.TB, all bool) (*Tracer, *shelf, *clock.Fake) {
	tb.Helper()
	now := clock.NewFake(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC))
	t := NewTracer(TracerOptions{Clock: now, IDs: ids.New(rand.Reader), Log: slog.New(slog.DiscardHandler), All: all})
	s := &shelf{}
	t.Store(s)
	return t, s, now
}

func TestATraceThatIsKeptIsKeptWhole(t *testing.T) {
	t.Parallel()
	tracer, _, _ := newTestTracer(t, true)
	kept := 0
	for range 10 * allReservoir {
		trace := tracer.New(Root{Account: "1", Region: "r", Name: "n"})
		if !trace.Kept() {
			continue
		}
		kept++
		for range 5 {
			if _, ok := tracer.On(trace.Under(tracer.NewID()).String()); !ok {
				t.Fatal("a span of a trace that is kept is not wanted")
			}
		}
		if account, region, ok := tracer.Home(trace.Root); !ok || account != "1" || region != "r" {
			t.Errorf("home %q %q %t", account, region, ok)
		}
	}
	if kept < allReservoir || kept > 4*allReservoir {
		t.Errorf("%d traces are kept, of more than anybody can look at", kept)
	}
}

func TestTracesOfOthersAreBounded(t *testing.T) {
	t.Parallel()
	tracer, _, _ := newTestTracer(t, true)
	wanted := 0
	for range 20 * mostJoined {
		trace := NewTrace(time.Unix(1e9, 0), tracer.ids).Decided(true)
		if tracer.Wants(trace) {
			wanted++
		}
	}
	if wanted < mostJoined || wanted > 5*mostJoined {
		t.Errorf("%d traces are wanted in about a second", wanted)
	}
	if tracer.Wants(NewTrace(time.Unix(1e9, 0), tracer.ids).Decided(false)) {
		t.Error("a trace that is not to be kept is wanted")
	}
}

func TestSamplingRulesDecide(t *testing.T) {
	t.Parallel()
	tracer, store, _ := newTestTracer(t, true)
	store.rules = []SamplingRule{
		{Name: "quiet*", Type: "*", ARN: "*", Host: "*", Method: "*", Path: "/health?", Reservoir: 0, Rate: 0},
		{Name: "loud", Type: "*", ARN: "*", Host: "*", Method: "*", Path: "*", Reservoir: 0, Rate: 1},
	}
	tracer.New(Root{Name: "loud"}) // has the rules read
	tracer.sampler.refresh(t.Context(), tracer.log)
	tests := map[string]struct {
		root Root
		want bool
	}{
		"none is kept":       {Root{Name: "Quiet-api", Path: "/healthz"}, false},
		"another path":       {Root{Name: "quiet-api", Path: "/health"}, true}, // our own rule keeps it
		"all are kept":       {Root{Name: "loud"}, true},
		"no rule is for one": {Root{Name: "other"}, true},
	}
	for name, tt := range tests {
		if got := tracer.New(tt.root).Kept(); got != tt.want {
			t.Errorf("%s: %t, want %t", name, got, tt.want)
		}
	}
}

func TestANilTracerKeepsNothing(t *testing.T) {
	t.Parallel()
	var tracer *Tracer
	header := "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
	if _, ok := tracer.On(header); ok || tracer.New(Root{}).Kept() || tracer.Bound("k") != "" {
		t.Error("something is kept")
	}
	tracer.Bind("k", header)
	tracer.Unbind("k", header)
	tracer.Span(&Span{})
	tracer.Start(&Span{}).End(&Span{})
	tracer.Flush(t.Context())
}

func TestWorkUnderWayIsShownBeforeItEnds(t *testing.T) {
	t.Parallel()
	tracer, store, now := newTestTracer(t, true)
	span := &Span{Trace: "t", ID: "i", Start: now.Now()}
	open := tracer.Start(span)
	tracer.Flush(t.Context())
	if len(store.spans) != 0 {
		t.Fatal("it is shown at once")
	}
	now.Advance(2 * lateAfter)
	tracer.Flush(t.Context())
	tracer.Flush(t.Context())
	if len(store.spans) != 1 || !store.spans[0].End.IsZero() {
		t.Fatalf("%d spans", len(store.spans))
	}
	end := *span
	end.End = now.Now()
	open.End(&end)
	tracer.Start(span).Drop()
	tracer.Flush(t.Context())
	if len(store.spans) != 2 || store.spans[1].End.IsZero() {
		t.Errorf("%d spans", len(store.spans))
	}
}

func TestWhatIsTooMuchIsDroppedAndCounted(t *testing.T) {
	t.Parallel()
	tracer, store, _ := newTestTracer(t, true)
	for range maxSpans + 10 {
		tracer.Span(&Span{})
	}
	if tracer.Dropped() != 10 {
		t.Errorf("%d dropped, want 10", tracer.Dropped())
	}
	store.err = errors.New("the disk is full")
	tracer.Flush(t.Context())
	if tracer.Dropped() != maxSpans+10 {
		t.Errorf("%d dropped", tracer.Dropped())
	}
}

func TestCallsAreKnownByTheirKey(t *testing.T) {
	t.Parallel()
	tracer, _, _ := newTestTracer(t, true)
	tracer.Bind("ASIA1", "one")
	tracer.Bind("ASIA1", "two")
	tracer.Bind("ASIA2", "three")
	if got := tracer.Bound("ASIA1"); got != "two" {
		t.Errorf("got %q", got)
	}
	tracer.Unbind("ASIA1", "one") // late: the environment has its next invocation
	if got := tracer.Bound("ASIA1"); got != "two" {
		t.Errorf("after the end of the one before: %q", got)
	}
	tracer.Unbind("ASIA1", "two")
	tracer.Unbind("ASIA1", "two")
	if tracer.Bound("ASIA1") != "" || tracer.Bound("ASIA2") != "three" {
		t.Error("the wrong one is forgotten")
	}
}

func TestRunStoresSoon(t *testing.T) {
	t.Parallel()
	tracer, store, _ := newTestTracer(t, true)
	store.told = make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- tracer.Run(ctx) }()
	tracer.Span(&Span{})
	<-store.told
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func FuzzParseTrace(f *testing.F) {
	f.Add("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1")
	f.Add("Sampled=?;Root=1-;Lineage=a:0")
	f.Fuzz(func(t *testing.T, header string) {
		trace, ok := ParseTrace(header)
		if !ok {
			return
		}
		again, ok := ParseTrace(trace.String())
		if !ok || again != trace {
			t.Errorf("%q becomes %+v, then %+v", header, trace, again)
		}
	})
}

// BenchmarkNotKept is what a request pays whose trace is not kept.
func BenchmarkNotKept(b *testing.B) {
	tracer, _, _ := newTestTracer(b, true)
	for tracer.New(Root{}).Kept() {
		tracer.sampler.refresh(b.Context(), tracer.log)
	}
	tracer.Decide(Trace{}, "000000000000", "us-east-1", Root{})
	tracer.sampler.refresh(b.Context(), tracer.log)
	trace := NewTrace(time.Unix(1e9, 0), tracer.ids)
	root := &Root{Name: "n"}
	b.ReportAllocs()
	for b.Loop() {
		decided := tracer.Decide(trace, "000000000000", "us-east-1", root)
		_ = tracer.Wants(decided.Decided(false))
	}
}
