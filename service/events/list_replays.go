package events

import (
	"context"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// ListReplays lists replays by name.
//
// Spec: EventBridge API Reference, ListReplays.
func (s *Service) ListReplays(ctx context.Context, in *api.ListReplaysInput) (*api.ListReplaysOutput, error) {
	filters := 0
	for _, f := range []*string{in.NamePrefix, in.EventSourceArn, in.State} {
		if f != nil {
			filters++
		}
	}
	if filters > 1 {
		return nil, invalid("At most one filter is allowed for ListReplays. Use either : State, EventSourceArn, or NamePrefix.")
	}
	h := homeOf(call.From(ctx))
	var out *api.ListReplaysOutput
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		out = &api.ListReplaysOutput{Replays: []api.Replay{}}
		out.NextToken, err = page(tx, h.key("replay"), in.NamePrefix, in.NextToken, in.Limit, func(name string, r *replay) bool {
			if in.EventSourceArn != nil && r.Archive != *in.EventSourceArn || in.State != nil && r.State != *in.State {
				return false
			}
			out.Replays = append(out.Replays, api.Replay{
				ReplayName: new(name), EventSourceArn: &r.Archive, State: &r.State, StateReason: wire.Optional(r.Reason), EventStartTime: &r.From,
				EventEndTime: &r.To, EventLastReplayedTime: r.Last, ReplayStartTime: &r.Started, ReplayEndTime: r.Ended,
			})
			return true
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
