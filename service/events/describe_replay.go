package events

import (
	"context"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// DescribeReplay tells how far a replay has come.
//
// Spec: EventBridge API Reference, DescribeReplay.
func (s *Service) DescribeReplay(ctx context.Context, in *api.DescribeReplayInput) (*api.DescribeReplayOutput, error) {
	h := homeOf(call.From(ctx))
	var out *api.DescribeReplayOutput
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		r, err := loadReplay(tx, h, in.ReplayName)
		if err != nil {
			return err
		}
		out = &api.DescribeReplayOutput{
			ReplayName: &in.ReplayName, ReplayArn: new(h.replayARN(in.ReplayName)), Description: r.Description, State: &r.State,
			StateReason: wire.Optional(r.Reason), EventSourceArn: &r.Archive, Destination: &r.Destination, EventStartTime: &r.From,
			EventEndTime: &r.To, EventLastReplayedTime: r.Last, ReplayStartTime: &r.Started, ReplayEndTime: r.Ended,
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
