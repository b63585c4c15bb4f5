package logs

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/logs/filter"
)

// maxScanned is how many events one page looks at before it says that there may
// be more.
const maxScanned = 50_000

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
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		g, err := loadGroup(tx, h, name)
		if err != nil {
			return err
		}
		folder := h.key("e", g.ID)
		r := between(folder, in.StartTime, in.EndTime)
		if in.EndTime != nil {
			r.To = folder.With(*in.EndTime + 1) // the end is included here
		}
		if floor := folder.With(g.oldest(s.Clock.Now())); string(r.From) < string(floor) {
			r.From = floor
		}
		if in.NextToken != nil {
			rest, err := base64.RawURLEncoding.DecodeString(*in.NextToken)
			if err != nil || len(rest) > 64 {
				return invalid("The specified nextToken is invalid.")
			}
			r = r.After(append(slices.Clone(folder), rest...))
		}
		return f.read(tx, h, &g, r, limit, out)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
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

// wants says whether an event is wanted, and its stream still there.
func (f *selection) wants(tx *kv.Tx, h home, groupID string, e *event) (bool, error) {
	if f.names != nil && !f.names[e.Name] || !strings.HasPrefix(e.Name, f.prefix) || !f.pattern.Match(e.Message) {
		return false, nil
	}
	id, known := f.alive[e.Name]
	if !known {
		st, _, err := kv.Get[stream](tx, h.streamKey(groupID, e.Name))
		if err != nil {
			return false, err
		}
		id = st.ID
		f.alive[e.Name] = id
	}
	return id == e.Stream, nil
}

// read reads wanted events into out until a page is full.
func (f *selection) read(tx *kv.Tx, h home, g *group, r kv.Range, limit int, out *api.FilterLogEventsOutput) error {
	var bytes int64
	folder := h.key("e", g.ID)
	scanned := 0
	var last kv.Key
	for row, err := range kv.Scan[event](tx, r) {
		if err != nil {
			return err
		}
		e := row.Value
		wanted, err := f.wants(tx, h, g.ID, &e)
		if err != nil {
			return err
		}
		if wanted {
			bytes += size(e.Message)
		}
		if scanned++; scanned > maxScanned || wanted && (len(out.Events) == limit || bytes > maxPageBytes && len(out.Events) > 0) {
			out.NextToken = new(pageToken(folder, last))
			return nil
		}
		last = row.Key
		if !wanted {
			continue
		}
		out.Events = append(out.Events, filtered(row.Key, &e))
	}
	return nil
}

// filtered renders an event with its id: its place in the group.
func filtered(key kv.Key, e *event) api.FilteredLogEvent {
	var at, i int64
	var version uint64
	if err := key.Scan(5, &at, &version, &i); err != nil {
		panic(fmt.Errorf("event key %s: %w", key, err)) // we wrote it
	}
	return api.FilteredLogEvent{
		LogStreamName: &e.Name, Timestamp: &at, Message: &e.Message, IngestionTime: &e.Ingested,
		EventId: new(fmt.Sprintf("%020d%020d%016d", at, version, i)),
	}
}
