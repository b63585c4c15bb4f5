package cloudtrail

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	logsapi "maru.dev/maru/api/logs"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

const (
	// logsSession is the name of CloudTrail's session in a trail's role.
	logsSession = "CLOUDWATCH_LOGS_DELIVERY_SESSION"
	// A call of PutLogEvents takes this many bytes, each line with its overhead.
	maxPut      = 1 << 20
	putOverhead = 26
)

// deliverLogs writes a batch to the trail's log group, as the trail's role. A
// batch that was written and not settled is written again.
func (s *Service) deliverLogs(ctx context.Context, t *trail, l lane, b *batch, events []json.RawMessage) error {
	if t.LogGroup != "" {
		if err := s.putLogs(ctx, t, l, events); err != nil {
			return err
		}
	}
	now := s.now()
	return s.settle(ctx, l, b, func(_ *kv.Tx, st *status) error {
		st.Delivered = now
		return nil
	})
}

// putLogs writes events, in order of time, into the region's log stream.
func (s *Service) putLogs(ctx context.Context, t *trail, l lane, events []json.RawMessage) error {
	group, _ := t.groupName()
	stream := t.Account + "_CloudTrail_" + l.Region
	lines := make([]logsapi.InputLogEvent, 0, len(events))
	for _, e := range events {
		var r struct{ EventTime time.Time }
		if err := json.Unmarshal(e, &r); err != nil {
			return fmt.Errorf("read event: %w", err)
		}
		lines = append(lines, logsapi.InputLogEvent{Timestamp: r.EventTime.UnixMilli(), Message: string(e)})
	}
	slices.SortStableFunc(lines, func(a, b logsapi.InputLogEvent) int { return int(a.Timestamp - b.Timestamp) })
	ctx = call.InRole(ctx, principal, t.LogRole, logsSession, t.Account, t.Region)
	for len(lines) > 0 {
		n, size := 0, 0
		for n < len(lines) && (n == 0 || size+len(lines[n].Message)+putOverhead <= maxPut) && lines[n].Timestamp-lines[0].Timestamp < 24*time.Hour.Milliseconds() {
			size += len(lines[n].Message) + putOverhead
			n++
		}
		in := &logsapi.PutLogEventsInput{LogGroupName: group, LogStreamName: stream, LogEvents: lines[:n]}
		_, err := s.Caller.Call(ctx, "logs", "PutLogEvents", in)
		if refusal(err) == "ResourceNotFoundException" {
			if _, err = s.Caller.Call(ctx, "logs", "CreateLogStream", &logsapi.CreateLogStreamInput{LogGroupName: group, LogStreamName: stream}); err == nil || refusal(err) == "ResourceAlreadyExistsException" {
				_, err = s.Caller.Call(ctx, "logs", "PutLogEvents", in)
			}
		}
		if err != nil {
			return fmt.Errorf("put log events: %w", err)
		}
		lines = lines[n:]
	}
	return nil
}
