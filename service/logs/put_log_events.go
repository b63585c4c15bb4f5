package logs

import (
	"context"
	"time"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/logs/chunk"
)

// The limits of a batch.
const (
	maxBatchEvents = 10_000
	maxBatchBytes  = 1 << 20
	maxEvent       = 1<<20 - 4096
	overhead       = 26 // bytes that each event counts for beside its message
	maxAhead       = 2 * time.Hour
	maxBehind      = 14 * 24 * time.Hour
	maxSpan        = 24 * time.Hour
)

// size is what a message counts for.
func size(message string) int64 { return int64(len(message)) + overhead }

// PutLogEvents appends a batch of events to a stream. Those that are too old,
// too new or past the group's retention are left out and told.
//
// Spec: CloudWatch Logs API Reference, PutLogEvents.
func (s *Service) PutLogEvents(ctx context.Context, in *api.PutLogEventsInput) (*api.PutLogEventsOutput, error) {
	if err := checkBatch(in.LogEvents); err != nil {
		return nil, err
	}
	h, now := homeOf(ctx), s.Clock.Now()
	out := &api.PutLogEventsOutput{NextSequenceToken: new(s.IDs.String(56, "0123456789"))}
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		g, err := loadGroup(tx, h, in.LogGroupName)
		if err != nil {
			return err
		}
		st, err := loadStream(tx, h, &g, in.LogStreamName)
		if err != nil {
			return err
		}
		accepted, rejected := g.accept(in.LogEvents, now)
		out.RejectedLogEventsInfo = rejected
		if len(accepted) == 0 {
			return nil
		}
		if err := appendEvents(tx, h, &g, &st, accepted, now); err != nil {
			return err
		}
		for _, name := range g.followers(accepted) {
			if err := s.arm(tx, h, &g, name); err != nil {
				return err
			}
		}
		tx.Wake(service.Topic(h.arnOf(g.Name)))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// checkBatch holds a batch against its limits and order.
func checkBatch(events []api.InputLogEvent) error {
	if len(events) > maxBatchEvents {
		return invalid("The batch has %d log events; at most %d are allowed.", len(events), maxBatchEvents)
	}
	var bytes int64
	for i, e := range events {
		if len(e.Message) > maxEvent {
			return invalid("Log event too large: %d bytes exceeds limit of %d", len(e.Message), maxEvent)
		}
		bytes += size(e.Message)
		if i > 0 && e.Timestamp < events[i-1].Timestamp {
			return invalid("Log events in a single PutLogEvents request must be in chronological order.")
		}
	}
	if bytes > maxBatchBytes {
		return invalid("Upload too large: %d bytes exceeds limit of %d", bytes, maxBatchBytes)
	}
	if n := len(events); n > 0 && events[n-1].Timestamp-events[0].Timestamp > maxSpan.Milliseconds() {
		return invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
	}
	return nil
}

// accept returns the events whose time is acceptable, and tells the others.
func (g *group) accept(events []api.InputLogEvent, now time.Time) ([]api.InputLogEvent, *api.RejectedLogEventsInfo) {
	var info api.RejectedLogEventsInfo
	any := false
	first, end := 0, len(events)
	old := now.Add(-maxBehind).UnixMilli()
	expired := g.oldest(now)
	for first < end && events[first].Timestamp < max(old, expired) {
		if first++; events[first-1].Timestamp < old {
			info.TooOldLogEventEndIndex = new(int32(first))
		} else {
			info.ExpiredLogEventEndIndex = new(int32(first))
		}
		any = true
	}
	for end > first && events[end-1].Timestamp > now.Add(maxAhead).UnixMilli() {
		end--
		info.TooNewLogEventStartIndex = new(int32(end))
		any = true
	}
	if !any {
		return events, nil
	}
	return events[first:end], &info
}

// oldest returns the time in milliseconds before which events have expired; 0
// when none do.
func (g *group) oldest(now time.Time) int64 {
	if g.Retention == 0 {
		return 0
	}
	return now.Add(-time.Duration(g.Retention) * 24 * time.Hour).UnixMilli()
}

// appendEvents writes events, and the stream's times.
func appendEvents(tx *kv.Tx, h home, g *group, st *stream, events []api.InputLogEvent, now time.Time) error {
	var bytes int64
	list := make([]chunk.Event, len(events))
	for i, e := range events {
		list[i] = chunk.Event{At: e.Timestamp, Message: e.Message}
		bytes += size(e.Message)
	}
	if err := putChunks(tx, h, g, st, list, now.UnixMilli()); err != nil {
		return err
	}
	if err := tx.Add(h.bytesKey(g.ID), bytes); err != nil {
		return err
	}
	if err := tx.Delete(h.orderKey(g.ID, st)); err != nil {
		return err
	}
	first, last := events[0].Timestamp, events[len(events)-1].Timestamp
	if st.Ingested == 0 || first < st.First {
		st.First = first
	}
	st.Last, st.Ingested = max(st.Last, last), now.UnixMilli()
	if err := tx.Put(h.orderKey(g.ID, st), nil); err != nil {
		return err
	}
	return kv.Put(tx, h.streamKey(g.ID, st.Name), *st)
}
