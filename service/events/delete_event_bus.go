package events

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// DeleteEventBus removes a custom event bus and its rules. A bus that is not
// there is no error.
//
// Spec: EventBridge API Reference, DeleteEventBus.
func (s *Service) DeleteEventBus(ctx context.Context, in *api.DeleteEventBusInput) (*api.DeleteEventBusOutput, error) {
	ref, err := ownBus(call.From(ctx), &in.Name)
	if err != nil {
		return nil, err
	}
	if ref.name == defaultBus {
		return nil, invalid("Cannot delete event bus default.")
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		for row, err := range kv.Scan[rule](tx, kv.Prefix(ref.rulesKey())) {
			if err != nil {
				return fmt.Errorf("scan rules: %w", err)
			}
			if len(row.Value.Targets) > 0 {
				return invalid("Event bus %s can't be deleted since it has rules with targets.", ref.name)
			}
			if err := tx.Delete(row.Key); err != nil {
				return err
			}
		}
		if err := listenersChanged(tx, ref, 0); err != nil {
			return err
		}
		return tx.Delete(ref.rowKey())
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteEventBusOutput{}, nil
}
