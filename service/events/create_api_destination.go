package events

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// CreateApiDestination makes an HTTP endpoint a target of rules.
//
// Spec: EventBridge API Reference, CreateApiDestination.
func (s *Service) CreateApiDestination(ctx context.Context, in *api.CreateApiDestinationInput) (*api.CreateApiDestinationOutput, error) {
	h, now := homeOf(call.From(ctx)), s.Clock.Now()
	d := destination{
		ID: s.IDs.UUID(), Description: in.Description, Connection: in.ConnectionArn, Endpoint: in.InvocationEndpoint, Method: in.HttpMethod,
		Rate: wire.Or(in.InvocationRateLimitPerSecond, defaultRate), Created: now, Modified: now,
	}
	var state string
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		_, taken, err := tx.Get(h.destinationKey(in.Name))
		if err != nil {
			return fmt.Errorf("load API destination: %w", err)
		}
		if taken {
			return exists("An api-destination", "'"+in.Name+"'")
		}
		state, err = s.saveDestination(tx, h, in.Name, &d)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateApiDestinationOutput{
		ApiDestinationArn: new(h.destinationARN(in.Name, d.ID)), ApiDestinationState: &state, CreationTime: &now, LastModifiedTime: &now,
	}, nil
}
