package logs

import (
	"context"
	"encoding/base64"
	"math"
	"slices"

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
		folder := h.key("x", g.ID, st.ID)
		r := between(folder, in.StartTime, in.EndTime)
		floor := folder.With(g.oldest(s.Clock.Now()))
		if string(r.From) < string(floor) {
			r.From = floor
		}
		r.Reverse = in.StartFromHead == nil || !*in.StartFromHead
		at, err := seek(&r, folder, in.NextToken)
		if err != nil {
			return err
		}
		first, last, err := readPage(tx, h, &g, r, limit, out)
		if err != nil {
			return err
		}
		if first == nil {
			first, last = at, at
		}
		out.NextBackwardToken = new("b/" + pageToken(folder, first))
		out.NextForwardToken = new("f/" + pageToken(folder, last))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// between returns the rows of a folder ordered by time: from is included, to is
// not.
func between(folder kv.Key, from, to *int64) kv.Range {
	r := kv.Prefix(folder)
	if from != nil {
		r.From = folder.With(*from)
	}
	if to != nil && *to < math.MaxInt64 {
		r.To = folder.With(*to)
	}
	return r
}

// seek moves r behind a token's row, in the token's direction, and returns the
// row; without a token it returns the end that r starts from.
func seek(r *kv.Range, folder kv.Key, token *string) (kv.Key, error) {
	if token == nil {
		if r.Reverse {
			return r.To, nil
		}
		return r.From, nil
	}
	text := *token
	if len(text) < 2 || text[:2] != "f/" && text[:2] != "b/" {
		return nil, invalid("The specified nextToken is invalid.")
	}
	rest, err := base64.RawURLEncoding.DecodeString(text[2:])
	if err != nil || len(rest) > 64 {
		return nil, invalid("The specified nextToken is invalid.")
	}
	row := append(slices.Clone(folder), rest...)
	r.Reverse = text[0] == 'b'
	*r = r.After(row)
	return row, nil
}

// pageToken writes where a row stands in its folder.
func pageToken(folder, row kv.Key) string {
	return base64.RawURLEncoding.EncodeToString(row[min(len(folder), len(row)):])
}

// readPage reads events by their index rows into out, oldest first, and returns
// the first and last of these rows.
func readPage(tx *kv.Tx, h home, g *group, r kv.Range, limit int, out *api.GetLogEventsOutput) (first, last kv.Key, err error) {
	var bytes int64
	for row, err := range tx.Scan(r) {
		if err != nil {
			return nil, nil, err
		}
		key, err := primary(h, g.ID, row.Key)
		if err != nil {
			return nil, nil, err
		}
		e, ok, err := kv.Get[event](tx, key)
		if err != nil {
			return nil, nil, err
		}
		if !ok {
			continue
		}
		if bytes += size(e.Message); len(out.Events) == limit || bytes > maxPageBytes && len(out.Events) > 0 {
			break
		}
		var at int64
		if err := key.Scan(5, &at); err != nil {
			return nil, nil, err
		}
		out.Events = append(out.Events, api.OutputLogEvent{Timestamp: new(at), Message: new(e.Message), IngestionTime: new(e.Ingested)})
		if first == nil {
			first = row.Key
		}
		last = row.Key
	}
	if r.Reverse {
		slices.Reverse(out.Events)
		first, last = last, first
	}
	return first, last, nil
}
