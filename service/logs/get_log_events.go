package logs

import (
	"context"
	"math"
	"slices"
	"strings"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/kv"
)

// The limits of a page of events.
const (
	maxPageEvents = 10_000
	maxPageBytes  = 1 << 20
)

// GetLogEvents returns a page of one stream's events, oldest first: from the
// end unless StartFromHead is set, or from where a token says. At an end the
// same token comes back.
//
// Spec: CloudWatch Logs API Reference, GetLogEvents.
func (s *Service) GetLogEvents(ctx context.Context, in *api.GetLogEventsInput) (*api.GetLogEventsOutput, error) {
	h, name, err := groupNamed(ctx, in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	limit := maxPageEvents
	if in.Limit != nil {
		limit = int(*in.Limit)
	}
	w, err := newPage(in)
	if err != nil {
		return nil, err
	}
	w.home = h
	out := &api.GetLogEventsOutput{Events: []api.OutputLogEvent{}}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		g, err := loadGroup(tx, h, name)
		if err != nil {
			return err
		}
		st, err := loadStream(tx, h, &g, in.LogStreamName)
		if err != nil {
			return err
		}
		w.tx, w.groupID, w.streamID, w.from = tx, g.ID, st.ID, max(w.from, g.oldest(s.Clock.Now()))
		first, last, err := w.page(limit, out)
		if err != nil {
			return err
		}
		out.NextBackwardToken = new("b/" + first.String() + "/s")
		out.NextForwardToken = new("f/" + last.String() + "/s")
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// newPage reads which events of a stream a request wants, and in which
// direction.
func newPage(in *api.GetLogEventsInput) (walk, error) {
	w := walk{from: 0, to: math.MaxInt64, reverse: in.StartFromHead == nil || !*in.StartFromHead}
	if in.StartTime != nil {
		w.from = *in.StartTime
	}
	if in.EndTime != nil {
		w.to = *in.EndTime
	}
	if in.NextToken == nil {
		return w, nil
	}
	text := *in.NextToken
	middle, ok := strings.CutSuffix(text, "/s")
	if !ok || len(middle) < 2 || middle[:2] != "f/" && middle[:2] != "b/" {
		return w, noPage()
	}
	p, ok := readPlace(middle[2:])
	if !ok {
		return w, noPage()
	}
	w.after, w.reverse = &p, text[0] == 'b'
	return w, nil
}

// page reads events into out, oldest first, and returns the places of the first
// and the last of them. Of an empty page, both are where it would have begun.
func (w *walk) page(limit int, out *api.GetLogEventsOutput) (first, last place, err error) {
	if w.after != nil {
		first = *w.after
	} else {
		first = place{At: max(w.from, 0)}
	}
	last = first
	var bytes int64
	var found []line
	_, err = w.each(func(l *line) bool {
		if bytes += size(l.Message); len(found) == limit || bytes > maxPageBytes && len(found) > 0 {
			return false
		}
		found = append(found, *l)
		return true
	})
	if w.reverse {
		slices.Reverse(found)
	}
	for i := range found {
		l := &found[i]
		out.Events = append(out.Events, api.OutputLogEvent{Timestamp: &l.At, Message: &l.Message, IngestionTime: &l.Ingested})
	}
	if n := len(found); n > 0 {
		first, last = found[0].place, found[n-1].place
	}
	return first, last, err
}
