package task

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"testing"

	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/telemetry"
	"maru.dev/maru/wire"
)

// shelf keeps spans.
type shelf struct{ spans []*telemetry.Span }

// RecordSpans implements telemetry.SpanStore.
func (s *shelf) RecordSpans(_ context.Context, _, _ string, spans []*telemetry.Span) error {
	s.spans = append(s.spans, spans...)
	return nil
}

const (
	causeTrace  = "1-5759e988-bd862e3fe1be46a994272793"
	causeSpan   = "53995c3f42cd8ad8"
	causeHeader = "Root=" + causeTrace + ";Parent=" + causeSpan + ";Sampled=1"
)

// tracedQueue is a queue that can tell spans, and do nothing else.
func tracedQueue() (*Queue, *shelf) {
	s := &shelf{}
	t := telemetry.NewTracer(telemetry.TracerOptions{Clock: clock.System{}, IDs: ids.New(rand.Reader), Log: slog.New(slog.DiscardHandler), All: true})
	t.Store(s)
	return &Queue{traces: t}, s
}

func TestAttemptsAreStepsOfWhatTheyAreFor(t *testing.T) {
	t.Parallel()
	throttle := &wire.APIError{Code: "ThrottlingException", Message: "later"}
	tests := map[string]struct {
		header  string
		attempt int
		err     error
		want    []telemetry.Outcome
		under   bool // what is called is the step's child
	}{
		"the first succeeds": {causeHeader, 1, nil, nil, false},
		"the first fails":    {causeHeader, 1, errors.New("oops"), []telemetry.Outcome{telemetry.Fault}, false},
		"another succeeds":   {causeHeader, 2, nil, []telemetry.Outcome{telemetry.OK}, true},
		"another fails":      {causeHeader, 3, throttle, []telemetry.Outcome{telemetry.Throttle}, true},
		"it is not kept":     {"Root=" + causeTrace + ";Sampled=0", 2, throttle, nil, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q, store := tracedQueue()
			run := &Run{Task: Task{TraceID: tt.header}, Attempt: tt.attempt}
			d := &Delivery{Target: queueARN, TraceID: tt.header, Account: "1", Region: "r"}
			ctx, told := q.attempted(call.With(t.Context(), call.Info{TraceID: tt.header}), run, d)
			told(tt.err)
			q.traces.Flush(t.Context())
			if len(store.spans) != len(tt.want) {
				t.Fatalf("%d spans", len(store.spans))
			}
			for i, s := range store.spans {
				if s.Outcome != tt.want[i] || s.Trace != causeTrace || s.Parent != causeSpan || s.Type != "" {
					t.Errorf("%+v", s)
				}
			}
			now := call.From(ctx).TraceID
			if under := now != tt.header; under != tt.under || now != d.TraceID {
				t.Errorf("it goes on in %q, the delivery in %q", now, d.TraceID)
			}
		})
	}
}

func TestServersOutsideSeeTheirStepAsParent(t *testing.T) {
	t.Parallel()
	q, store := tracedQueue()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://example.com/hook?key=secret", nil)
	if err != nil {
		t.Fatal(err)
	}
	sent, told := q.outside(call.With(t.Context(), call.Info{Account: "1", Region: "r"}), causeHeader, 2, r)
	told(http.StatusBadGateway, nil)
	q.traces.Flush(t.Context())
	if len(store.spans) != 1 {
		t.Fatalf("%d spans", len(store.spans))
	}
	s := store.spans[0]
	if s.Name != "example.com" || s.Calls != "remote" || s.HTTP.URL != "https://example.com/hook" || s.HTTP.Status != 502 || s.Annotations["attempt"] != 2.0 {
		t.Errorf("%+v", s)
	}
	if got, ok := telemetry.ParseTrace(sent); !ok || got.Root != causeTrace || got.Parent != s.ID || !got.Kept() {
		t.Errorf("the server is sent %q", sent)
	}
	if sent, told := q.outside(t.Context(), "", 1, r); sent != "" {
		told(0, nil)
		t.Errorf("the server is sent %q", sent)
	}
}
