package events

import (
	"context"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// UpdateEventBus changes a bus's description, key, dead-letter queue and logs.
// What the request leaves out is kept.
//
// Spec: EventBridge API Reference, UpdateEventBus.
func (s *Service) UpdateEventBus(ctx context.Context, in *api.UpdateEventBusInput) (*api.UpdateEventBusOutput, error) {
	var out *api.UpdateEventBusOutput
	err := s.changeBus(ctx, in.Name, func(_ *kv.Tx, ref busRef, b *bus) error {
		if in.Description != nil {
			b.Description = in.Description
		}
		if in.KmsKeyIdentifier != nil {
			b.KMSKey = wire.Optional(*in.KmsKeyIdentifier) // an empty one goes back to AWS's own key
		}
		if in.DeadLetterConfig != nil {
			b.DeadLetter = in.DeadLetterConfig
		}
		if in.LogConfig != nil {
			b.Log = in.LogConfig
		}
		out = &api.UpdateEventBusOutput{
			Arn: new(ref.ARN()), Name: new(ref.name), Description: b.Description, KmsKeyIdentifier: b.KMSKey,
			DeadLetterConfig: b.DeadLetter, LogConfig: b.Log,
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
