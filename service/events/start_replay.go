package events

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/task"
)

// StartReplay puts the events of an archive from a span of time on their bus
// again, in the order of their times.
//
// Spec: EventBridge API Reference, StartReplay.
func (s *Service) StartReplay(ctx context.Context, in *api.StartReplayInput) (*api.StartReplayOutput, error) {
	if in.Destination == nil {
		return nil, invalid("Parameter Destination is not valid. Reason: Destination is a required argument.")
	}
	h := homeOf(call.From(ctx))
	destination, err := busOf(h, &in.Destination.Arn)
	if err != nil {
		return nil, invalid("Parameter Destination.Arn is not valid. Reason: Must contain an event bus.")
	}
	source, name, ok := archiveName(in.EventSourceArn)
	switch {
	case !ok:
		return nil, invalid("Parameter EventSourceArn is not valid. Reason: Must contain an archive.")
	case !in.EventEndTime.After(in.EventStartTime):
		return nil, invalid("Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.")
	}
	r := replay{
		Description: in.Description, Archive: in.EventSourceArn, Destination: *in.Destination, From: in.EventStartTime, To: in.EventEndTime,
		State: api.ReplayStateStarting, Started: s.Clock.Now(),
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, err := loadBus(tx, destination); err != nil {
			return invalid("Parameter Destination.Arn is not valid. Reason: Event bus %s does not exist.", destination.name)
		}
		a, ok, err := kv.Get[archive](tx, h.archiveKey(name))
		switch {
		case err != nil:
			return fmt.Errorf("load archive: %w", err)
		case !ok || source != h:
			return invalid("Parameter EventSourceArn is not valid. Reason: Archive %s does not exist.", name)
		case a.Source != destination.ARN():
			return invalid("Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.")
		}
		_, taken, err := tx.Get(h.replayKey(in.ReplayName))
		if err != nil {
			return fmt.Errorf("load replay: %w", err)
		}
		if taken {
			return exists("Replay", in.ReplayName)
		}
		r.ArchiveID = a.ID
		if err := kv.Put(tx, h.replayKey(in.ReplayName), r); err != nil {
			return err
		}
		_, err = s.Tasks.Add(tx, task.Task{
			Kind: replayKind, Owner: h.replayARN(in.ReplayName), Key: h.replayARN(in.ReplayName), Account: h.account, Region: h.region, Body: in.ReplayName,
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.StartReplayOutput{ReplayArn: new(h.replayARN(in.ReplayName)), State: &r.State, ReplayStartTime: &r.Started}, nil
}
