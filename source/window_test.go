package source

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/api/dynamodbstreams"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// noon is when the streams of these tests begin.
var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// shardOf is a shard, as the seconds after noon at which its records were
// written. It has ended, unless it is open.
type shardOf struct {
	times []int
	open  bool
}

// Call answers for an iterator that is the number of the next record.
func (s shardOf) Call(_ context.Context, svc, operation string, in any) (any, error) {
	get, ok := in.(*dynamodbstreams.GetShardIteratorInput)
	if !ok {
		return nil, wire.NotImplemented(svc, operation)
	}
	if get.SequenceNumber == nil {
		return &dynamodbstreams.GetShardIteratorOutput{ShardIterator: new("0")}, nil
	}
	return &dynamodbstreams.GetShardIteratorOutput{ShardIterator: get.SequenceNumber}, nil
}

// CallJSON reads records: the sequence number of each is that of the next.
func (s shardOf) CallJSON(_ context.Context, _, _ string, in json.RawMessage) (json.RawMessage, error) {
	var get struct {
		ShardIterator string
		Limit         int
	}
	if err := json.Unmarshal(in, &get); err != nil {
		return nil, err
	}
	from, err := strconv.Atoi(get.ShardIterator)
	if err != nil {
		return nil, err
	}
	to := min(from+get.Limit, len(s.times))
	list := []any{}
	for i := from; i < to; i++ {
		list = append(list, map[string]any{"eventID": strconv.Itoa(i), "dynamodb": map[string]any{
			"SequenceNumber": strconv.Itoa(i + 1), "Keys": map[string]any{"id": i},
			"ApproximateCreationDateTime": noon.Unix() + int64(s.times[i]),
		}})
	}
	out := map[string]any{"Records": list}
	if to < len(s.times) || s.open {
		out["NextShardIterator"] = strconv.Itoa(to)
	}
	return json.Marshal(out)
}

// eager is a clock whose timers fire at once, since time jumps to them.
type eager struct{ *clock.Fake }

// NewTimer returns a timer that has fired.
func (e eager) NewTimer(d time.Duration) clock.Timer {
	t := e.Fake.NewTimer(d)
	e.Advance(d)
	return t
}

// newClock is an eager clock that shows noon.
func newClock() eager { return eager{clock.NewFake(noon)} }

// counted is what counter has been told of windows that ended.
type counted struct {
	Start time.Time
	Seen  []string
	Early bool
}

// counter is a function that lists the records of a window.
type counter struct {
	ended []counted
	calls int
	more  func(c *counter, b Batch) *Answer // answers in place of it, if not nil
}

// handle adds a batch to the list, or notes the list of a window that ends.
func (c *counter) handle(_ context.Context, _ *Mapping, b Batch) (Answer, error) {
	c.calls++
	if c.more != nil {
		if a := c.more(c, b); a != nil {
			return *a, nil
		}
	}
	seen := struct{ Seen []string }{}
	if err := json.Unmarshal(b.Window.State, &seen); err != nil {
		return Answer{}, err
	}
	if b.Window.Final {
		if len(b.Records) > 0 {
			return Answer{}, fmt.Errorf("%d records in a final invocation", len(b.Records))
		}
		c.ended = append(c.ended, counted{b.Window.Span.Start, seen.Seen, b.Window.Early})
		return Answer{}, nil
	}
	for _, r := range b.Records {
		seen.Seen = append(seen.Seen, r["eventID"].(string))
	}
	payload, err := json.Marshal(map[string]any{"state": seen})
	return Answer{Payload: payload}, err
}

// windowPoller is a poller of a shard in a store, whose mapping is there.
func windowPoller(t *testing.T, st *kv.Store, c clock.Clock, shard shardOf, h *counter, change func(*Mapping)) *streamPoller {
	t.Helper()
	m := Mapping{
		Account: "000000000000", Region: "us-east-1", UUID: "m", SourceARN: "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/s",
		Function: "arn:aws:lambda:us-east-1:000000000000:function:fn", Enabled: true, Ready: true, BatchSize: 2, Retries: -1, Tumbling: 60,
	}
	if change != nil {
		change(&m)
	}
	p := &Poller{Handle: h.handle, Account: func(*Mapping, string, int, *Answer) map[string]any { return map[string]any{} }}
	p.Deps = service.Deps{Store: st, Clock: c, Log: slog.New(slog.DiscardHandler), Caller: shard}
	if err := st.Update(t.Context(), func(tx *kv.Tx) error { return Save(tx, &m) }); err != nil {
		t.Fatal(err)
	}
	filters, err := m.filters()
	if err != nil {
		t.Fatal(err)
	}
	return &streamPoller{Poller: p, m: &m, filters: filters}
}

// readOut reads a shard that has ended to its end.
func readOut(t *testing.T, s *streamPoller) {
	t.Helper()
	watch := s.Store.Watch(service.Topic(s.m.SourceARN))
	defer watch.Stop()
	ended, err := s.readOn(call.With(t.Context(), call.Info{}), "shard", watch)
	if err != nil || !ended {
		t.Fatalf("ended %v, %v", ended, err)
	}
}

// at is the start of the window that begins so many minutes after noon.
func at(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }

func TestWindowsCountTheirRecords(t *testing.T) {
	t.Parallel()
	failOnce := func(when func(Batch) bool) func(c *counter, b Batch) *Answer {
		failed := false
		return func(_ *counter, b Batch) *Answer {
			if failed || !when(b) {
				return nil
			}
			failed = true
			return &Answer{FunctionError: "Unhandled"}
		}
	}
	holds := func(b Batch, id string) bool {
		return slices.ContainsFunc(b.Records, func(r map[string]any) bool { return r["eventID"] == id })
	}
	tests := map[string]struct {
		times  []int
		change func(*Mapping)
		more   func(c *counter, b Batch) *Answer
		want   []counted
	}{
		"one window, many batches": {times: []int{0, 10, 20, 30, 59}, want: []counted{{at(0), []string{"0", "1", "2", "3", "4"}, false}}},
		"a batch in two windows":   {times: []int{59, 60}, want: []counted{{at(0), []string{"0"}, false}, {at(1), []string{"1"}, false}}},
		"windows without records":  {times: []int{1, 301}, want: []counted{{at(0), []string{"0"}, false}, {at(5), []string{"1"}, false}}},
		"one is late":              {times: []int{1, 61, 59, 62}, want: []counted{{at(0), []string{"0"}, false}, {at(1), []string{"1", "2", "3"}, false}}},
		"filters": {
			times: []int{0, 1, 2, 3, 61, 62}, change: func(m *Mapping) { m.Filters = []string{`{"eventID":["1","5"]}`} },
			want: []counted{{at(0), []string{"1"}, false}, {at(1), []string{"5"}, false}},
		},
		"nothing passes": {times: []int{0, 1, 61}, change: func(m *Mapping) { m.Filters = []string{`{"eventID":["x"]}`} }},
		"an error of an aggregation": {
			times: []int{0, 1, 2}, more: failOnce(func(b Batch) bool { return holds(b, "2") }),
			want: []counted{{at(0), []string{"0", "1", "2"}, false}},
		},
		"an error of the last invocation": {
			times: []int{0, 1}, more: failOnce(func(b Batch) bool { return b.Window.Final }), change: func(m *Mapping) { m.Retries = 0 },
			want: []counted{{at(0), []string{"0", "1"}, false}},
		},
		"an answer without state": {
			times: []int{0, 1, 2}, change: func(m *Mapping) { m.Retries = 0 },
			more: func(_ *counter, b Batch) *Answer {
				if !holds(b, "2") {
					return nil
				}
				return &Answer{Payload: []byte(`{"batchItemFailures":[]}`)}
			},
			want: []counted{{at(0), []string{"0", "1"}, false}},
		},
		"poison, bisected": {
			times: []int{0, 1, 2, 3}, change: func(m *Mapping) { m.Retries, m.Bisect, m.BatchSize = 1, true, 4 },
			more: func(_ *counter, b Batch) *Answer {
				if !holds(b, "2") {
					return nil
				}
				return &Answer{FunctionError: "Unhandled"}
			},
			want: []counted{{at(0), []string{"0", "1", "3"}, false}},
		},
		"some of a batch fail": {
			times: []int{0, 1}, change: func(m *Mapping) { m.ReportFailures = true },
			more: func(c *counter, _ Batch) *Answer {
				if c.calls > 1 {
					return nil
				}
				return &Answer{Payload: []byte(`{"state":{"Seen":["0"]},"batchItemFailures":[{"itemIdentifier":"2"}]}`)}
			},
			want: []counted{{at(0), []string{"0", "1"}, false}},
		},
		"too much to carry": {
			times: []int{0, 1, 2, 3, 4},
			more: func(_ *counter, b Batch) *Answer {
				if !holds(b, "3") {
					return nil
				}
				return &Answer{Payload: []byte(`{"state":{"Seen":["much"],"x":"` + strings.Repeat("x", maxState) + `"}}`)}
			},
			want: []counted{{at(0), []string{"much"}, true}, {at(0), []string{"4"}, false}},
		},
		"all that may be carried": {
			times: []int{0, 1, 2},
			more: func(_ *counter, b Batch) *Answer {
				const frame = `{"Seen":["all"],"x":""}`
				if !holds(b, "1") {
					return nil
				}
				return &Answer{Payload: []byte(`{"state":{"Seen":["all"],"x":"` + strings.Repeat("x", maxState-len(frame)) + `"}}`)}
			},
			want: []counted{{at(0), []string{"all", "2"}, false}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := &counter{more: tt.more}
			s := windowPoller(t, kvtest.Open(t), newClock(), shardOf{times: tt.times}, h, tt.change)
			readOut(t, s)
			if d := cmp.Diff(tt.want, h.ended); d != "" {
				t.Errorf("windows (-want +got):\n%s", d)
			}
		})
	}
}

// A window that nothing follows ends by the clock.
func TestWindowEndsWithoutARecordAfterIt(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(call.With(t.Context(), call.Info{}))
	h := &counter{more: func(_ *counter, b Batch) *Answer {
		if b.Window.Final {
			stop()
		}
		return nil
	}}
	c := newClock()
	s := windowPoller(t, kvtest.Open(t), c, shardOf{times: []int{5, 6, 7}, open: true}, h, nil)
	s.readShard(ctx, "shard")
	if d := cmp.Diff([]counted{{at(0), []string{"0", "1", "2"}, false}}, h.ended); d != "" {
		t.Errorf("windows (-want +got):\n%s", d)
	}
	if c.Now().Before(at(1).Add(lateness)) {
		t.Errorf("it ended at %v", c.Now())
	}
}

// A mapping that has windows no more ends the one that is open.
func TestWindowEndsWhenTheMappingHasNoneAnyMore(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	h := &counter{}
	h.more = func(_ *counter, b Batch) *Answer {
		if b.Window == nil {
			return &Answer{}
		}
		return nil
	}
	s := windowPoller(t, st, newClock(), shardOf{times: []int{5, 6}, open: true}, h, nil)
	place := &checkpoint{}
	records, _, err := s.read(t.Context(), "0", 1)
	if err == nil {
		err = s.process(t.Context(), "shard", place, records)
	}
	if err != nil || place.Window == nil {
		t.Fatalf("%+v, %v", place, err)
	}
	readOut(t, windowPoller(t, st, newClock(), shardOf{times: []int{5, 6}}, h, func(m *Mapping) { m.Tumbling = 0 }))
	if d := cmp.Diff([]counted{{at(0), []string{"0"}, false}}, h.ended); d != "" {
		t.Errorf("windows (-want +got):\n%s", d)
	}
}

// After any crash, what a window carries tells of just the records before the
// checkpoint, and reading on counts each record of a window once.
func TestWindowsCrash(t *testing.T) {
	t.Parallel()
	times := []int{0, 10, 20, 61, 62, 63, 64, 121}
	want := []counted{{at(0), []string{"0", "1", "2"}, false}, {at(1), []string{"3", "4", "5", "6"}, false}, {at(2), []string{"7"}, false}}
	work := func(st *kv.Store, ack func()) {
		h := &counter{more: func(*counter, Batch) *Answer { ack(); return nil }}
		readOut(t, windowPoller(t, st, newClock(), shardOf{times: times}, h, nil))
	}
	check := func(st *kv.Store, _ int) {
		h := &counter{}
		s := windowPoller(t, st, newClock(), shardOf{times: times}, h, nil)
		place, err := s.load(t.Context(), "shard")
		if err != nil {
			t.Fatal(err)
		}
		read, _ := strconv.Atoi("0" + place.Sequence)
		if w := place.Window; w != nil {
			var carried struct{ Seen []string }
			if err := json.Unmarshal(w.state, &carried); err != nil {
				t.Fatal(err)
			}
			due := slices.IndexFunc(want, func(c counted) bool { return c.Start.Equal(w.Start) })
			first, _ := strconv.Atoi(want[due].Seen[0])
			if d := cmp.Diff(want[due].Seen[:read-first], carried.Seen); d != "" {
				t.Errorf("carried at %d (-want +got):\n%s", read, d)
			}
		}
		if place.Ended {
			return
		}
		readOut(t, s)
		// A window that ended before the crash is not told of again, unless the crash
		// came before that was noted.
		if n := len(h.ended); n > 0 && !cmp.Equal(want[len(want)-n:], h.ended) {
			t.Errorf("from %d on: %v", read, h.ended)
		}
	}
	kvtest.Crash(t, work, check)
}

// A clock that was set back does not hold a window open until it has caught up:
// records of before are counted to their windows, and those of after to theirs.
func TestWindowsEndThoughTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	const hour = 3600
	tests := map[string]struct {
		before, after []int // seconds after noon
		want          []counted
	}{
		"nothing comes":         {before: []int{5 * hour}, want: []counted{{at(300), []string{"0"}, false}}},
		"records come":          {before: []int{5 * hour}, after: []int{-1, 0}, want: []counted{{at(300), []string{"0"}, false}, {at(-1), []string{"1"}, false}}},
		"some were not read":    {before: []int{5 * hour}, after: []int{5*hour + 1, 5*hour + 60, 0}, want: []counted{{at(300), []string{"0", "1"}, false}, {at(301), []string{"2"}, false}}},
		"one of before is late": {before: []int{5 * hour}, after: []int{5*hour - 1, 0}, want: []counted{{at(300), []string{"0", "1"}, false}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st, h := kvtest.Open(t), &counter{}
			s := windowPoller(t, st, clock.NewFake(noon.Add(5*hour*time.Second)), shardOf{times: tt.before, open: true}, h, nil)
			place := &checkpoint{}
			records, _, err := s.read(t.Context(), "0", 1)
			if err == nil {
				err = s.process(t.Context(), "shard", place, records)
			}
			if err != nil || place.Window == nil {
				t.Fatalf("%+v, %v", place, err)
			}
			ctx, stop := context.WithCancel(call.With(t.Context(), call.Info{}))
			h.more = func(c *counter, b Batch) *Answer {
				if b.Window.Final && len(c.ended)+1 == len(tt.want) {
					stop()
				}
				return nil
			}
			c := newClock() // it shows noon again
			s = windowPoller(t, st, c, shardOf{times: append(tt.before, tt.after...), open: true}, h, nil)
			s.readShard(ctx, "shard")
			if d := cmp.Diff(tt.want, h.ended); d != "" {
				t.Errorf("windows (-want +got):\n%s", d)
			}
			if c.Now().After(at(2)) {
				t.Errorf("they ended at %v", c.Now())
			}
		})
	}
}
