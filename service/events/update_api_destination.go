package events

import (
	"context"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// UpdateApiDestination changes an API destination. What the request leaves out
// is kept.
//
// Spec: EventBridge API Reference, UpdateApiDestination.
func (s *Service) UpdateApiDestination(ctx context.Context, in *api.UpdateApiDestinationInput) (*api.UpdateApiDestinationOutput, error) {
	h, now := homeOf(call.From(ctx)), s.Clock.Now()
	var out *api.UpdateApiDestinationOutput
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		d, err := loadDestination(tx, h, in.Name)
		if err != nil {
			return err
		}
		if in.Description != nil {
			d.Description = in.Description
		}
		set(&d.Connection, in.ConnectionArn)
		set(&d.Endpoint, in.InvocationEndpoint)
		set(&d.Method, in.HttpMethod)
		if in.InvocationRateLimitPerSecond != nil {
			d.Rate = *in.InvocationRateLimitPerSecond
		}
		d.Modified = now
		state, err := s.saveDestination(tx, h, in.Name, d)
		out = &api.UpdateApiDestinationOutput{
			ApiDestinationArn: new(h.destinationARN(in.Name, d.ID)), ApiDestinationState: &state, CreationTime: &d.Created, LastModifiedTime: &now,
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
