package logs

import (
	"context"
	"math"
	"strings"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/logs/chunk"
	"maru.dev/maru/service/logs/filter"
)

// maxLooked is how many bytes of messages one page looks at before it says that
// there may be more. With a regular expression, which takes longer, it is less.
const maxLooked = 256 << 20

// FilterLogEvents returns the events of a group that match a pattern, oldest
// first over all streams, a page at a time.
//
// Spec: CloudWatch Logs API Reference, FilterLogEvents.
func (s *Service) FilterLogEvents(ctx context.Context, in *api.FilterLogEventsInput) (*api.FilterLogEventsOutput, error) {
	h, name, err := groupNamed(ctx, in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	if in.LogStreamNamePrefix != nil && len(in.LogStreamNames) > 0 {
		return nil, invalid("logStreamNames and logStreamNamePrefix cannot be used together.")
	}
	f, err := newSelection(in.FilterPattern, in.LogStreamNames, in.LogStreamNamePrefix)
	if err != nil {
		return nil, err
	}
	limit := maxPageEvents
	if in.Limit != nil {
		limit = int(*in.Limit)
	}
	out := &api.FilterLogEventsOutput{Events: []api.FilteredLogEvent{}, SearchedLogStreams: []api.SearchedLogStream{}}
	w := walk{home: h, from: math.MinInt64, to: math.MaxInt64, budget: maxLooked / f.pattern.Cost()}
	if in.StartTime != nil {
		w.from = *in.StartTime
	}
	if in.EndTime != nil && *in.EndTime < math.MaxInt64 {
		w.to = *in.EndTime + 1 // the end is included here
	}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		g, err := loadGroup(tx, h, name)
		if err != nil {
			return err
		}
		if w.after, err = startAfter(h.key("c", g.ID), in.NextToken); err != nil {
			return err
		}
		w.tx, w.groupID, w.from = tx, g.ID, max(w.from, g.oldest(s.Clock.Now()))
		return f.read(&w, limit, out)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// startAfter reads the token of a page of events.
func startAfter(folder kv.Key, token *string) (*place, error) {
	if token == nil {
		return nil, nil
	}
	text, err := readPage(folder, *token)
	if err != nil {
		return nil, err
	}
	p, ok := readPlace(text)
	if !ok {
		return nil, noPage()
	}
	return &p, nil
}

// selection says which events are wanted, and knows which streams are there.
type selection struct {
	pattern *filter.Pattern
	names   map[string]bool // nil for any
	prefix  string
	alive   map[string]string // IDs of streams by name, "" for one that is gone
}

// newSelection reads a request's pattern and streams.
func newSelection(pattern *string, names []string, prefix *string) (*selection, error) {
	f := &selection{alive: make(map[string]string)}
	text := ""
	if pattern != nil {
		text = *pattern
	}
	var err error
	if f.pattern, err = filter.Parse(text); err != nil {
		return nil, invalid("Invalid filter pattern: %v", err)
	}
	if len(names) > 0 {
		f.names = make(map[string]bool)
		for _, n := range names {
			f.names[n] = true
		}
	}
	if prefix != nil {
		f.prefix = *prefix
	}
	return f, nil
}

// wants says whether a chunk is of a stream that is wanted, and is still there.
func (f *selection) wants(tx *kv.Tx, h home, groupID string, c *chunk.Head) (bool, error) {
	if f.names != nil && !f.names[c.Stream] || !strings.HasPrefix(c.Stream, f.prefix) {
		return false, nil
	}
	id, known := f.alive[c.Stream]
	if !known {
		st, _, err := kv.Get[stream](tx, h.streamKey(groupID, c.Stream))
		if err != nil {
			return false, err
		}
		id = st.ID
		f.alive[c.Stream] = id
	}
	return id == c.StreamID, nil
}

// read reads wanted events into out until a page is full.
func (f *selection) read(w *walk, limit int, out *api.FilterLogEventsOutput) error {
	w.wants = func(c *chunk.Head) (bool, error) { return f.wants(w.tx, w.home, w.groupID, c) }
	w.maybe, w.matches = f.pattern.Maybe, f.pattern.Match
	folder := w.home.key("c", w.groupID)
	var bytes int64
	var last place
	rest, err := w.each(func(l *line) bool {
		bytes += size(l.Message)
		if len(out.Events) == limit || bytes > maxPageBytes && len(out.Events) > 0 {
			out.NextToken = service.PageToken(folder, last.String())
			return false
		}
		last = l.place
		out.Events = append(out.Events, l.filtered())
		return true
	})
	if rest != nil {
		out.NextToken = service.PageToken(folder, rest.String())
	}
	return err
}

// filtered renders an event with its id: its place in the group.
func (l *line) filtered() api.FilteredLogEvent {
	return api.FilteredLogEvent{
		LogStreamName: &l.Stream, Timestamp: &l.At, Message: &l.Message, IngestionTime: &l.Ingested, EventId: new(l.String()),
	}
}
