package events

import (
	"context"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// DeleteApiDestination removes an API destination.
//
// Spec: EventBridge API Reference, DeleteApiDestination.
func (s *Service) DeleteApiDestination(ctx context.Context, in *api.DeleteApiDestinationInput) (*api.DeleteApiDestinationOutput, error) {
	h := homeOf(call.From(ctx))
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, err := loadDestination(tx, h, in.Name); err != nil {
			return err
		}
		if err := tx.Delete(h.turn(in.Name).Key()); err != nil {
			return err
		}
		return tx.Delete(h.destinationKey(in.Name))
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteApiDestinationOutput{}, nil
}
