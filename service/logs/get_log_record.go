package logs

import (
	"context"
	"math"
	"strconv"
	"time"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/logs/insights"
)

// GetLogRecord returns all fields of one event, which a query's @ptr names.
//
// Spec: CloudWatch Logs API Reference, GetLogRecord.
func (s *Service) GetLogRecord(ctx context.Context, in *api.GetLogRecordInput) (*api.GetLogRecordOutput, error) {
	h, groupID, at, ok := readPointer(in.LogRecordPointer)
	if !ok || h != homeOf(ctx) {
		return nil, invalid("The log record pointer is invalid.")
	}
	out := &api.GetLogRecordOutput{LogRecord: map[string]string{}}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		g, err := groupByID(tx, h, groupID)
		if err != nil {
			return err
		}
		to := at.At
		if to < math.MaxInt64 {
			to++
		}
		w := walk{tx: tx, home: h, groupID: g.ID, from: max(at.At, g.oldest(s.Clock.Now())), to: to}
		_, err = w.each(func(l *line) bool {
			if l.place == at {
				for _, f := range insights.Fields(l.event(h, &g)) {
					out.LogRecord[f.Name] = f.Value
				}
				out.LogRecord["@timestamp"] = strconv.FormatInt(l.At, 10)
				out.LogRecord["@ingestionTime"] = strconv.FormatInt(l.Ingested, 10)
			}
			return len(out.LogRecord) == 0
		})
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case len(out.LogRecord) == 0:
		return nil, &api.ResourceNotFoundException{Message: "The specified log record does not exist."}
	}
	return out, nil
}

// event is a line as queries see it.
func (l *line) event(h home, g *group) *insights.Event {
	return &insights.Event{
		At: l.At, Version: l.Version, Index: l.Index, Ingested: l.Ingested, Message: l.Message, Stream: l.Stream, Log: h.Account + ":" + g.Name,
		Pointer: func(*insights.Event) string { return pointer(h, g.ID, l.place) },
	}
}

// groupByID finds a group by its id.
func groupByID(tx *kv.Tx, h home, id string) (group, error) {
	for row, err := range kv.Scan[group](tx, kv.Prefix(h.key("g"))) {
		if err != nil {
			return group{}, err
		}
		if row.Value.ID == id {
			return row.Value, nil
		}
	}
	return group{}, &api.ResourceNotFoundException{Message: "The specified log group does not exist."}
}

const (
	// fieldsAround is how far from a given time fields are looked for, and
	// fieldsLately how far back without one.
	fieldsAround = 8 * time.Minute
	fieldsLately = 15 * time.Minute
	// fieldsEvents is how many events are looked at.
	fieldsEvents = 10_000
)

// GetLogGroupFields returns the fields of a group's events around a time, with
// how many of the events have each.
//
// Spec: CloudWatch Logs API Reference, GetLogGroupFields.
func (s *Service) GetLogGroupFields(ctx context.Context, in *api.GetLogGroupFieldsInput) (*api.GetLogGroupFieldsOutput, error) {
	h, name, err := groupNamed(ctx, in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	from, to := now.Add(-fieldsLately).UnixMilli(), now.UnixMilli()+1
	if in.Time != nil {
		from, to = millis(*in.Time)-fieldsAround.Milliseconds(), millis(*in.Time)+fieldsAround.Milliseconds()
	}
	counts, total := make(map[string]int), 0
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		g, err := loadGroup(tx, h, name)
		if err != nil {
			return err
		}
		w := walk{tx: tx, home: h, groupID: g.ID, from: max(from, g.oldest(now)), to: to, reverse: true}
		_, err = w.each(func(l *line) bool {
			for _, f := range insights.Discovered(l.event(h, &g)) {
				counts[f]++
			}
			total++
			return total < fieldsEvents
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.GetLogGroupFieldsOutput{LogGroupFields: shares(counts, total)}, nil
}
