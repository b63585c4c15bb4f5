package events

import (
	"context"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// CancelReplay ends a replay that has not come to its end.
//
// Spec: EventBridge API Reference, CancelReplay.
func (s *Service) CancelReplay(ctx context.Context, in *api.CancelReplayInput) (*api.CancelReplayOutput, error) {
	h := homeOf(call.From(ctx))
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		r, err := loadReplay(tx, h, in.ReplayName)
		if err != nil {
			return err
		}
		if r.State != api.ReplayStateStarting && r.State != api.ReplayStateRunning {
			return &api.IllegalStatusException{Message: "Replay " + in.ReplayName + " is not in a valid state for this operation."}
		}
		r.State = api.ReplayStateCancelling
		return kv.Put(tx, h.replayKey(in.ReplayName), *r)
	})
	if err != nil {
		return nil, err
	}
	return &api.CancelReplayOutput{ReplayArn: new(h.replayARN(in.ReplayName)), State: new(api.ReplayStateCancelling)}, nil
}
