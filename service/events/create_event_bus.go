package events

import (
	"context"
	"fmt"
	"strings"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// maxTags is how many tags a resource may have.
const maxTags = 50

// CreateEventBus makes a custom event bus.
//
// Spec: EventBridge API Reference, CreateEventBus.
func (s *Service) CreateEventBus(ctx context.Context, in *api.CreateEventBusInput) (*api.CreateEventBusOutput, error) {
	switch {
	case in.EventSourceName != nil || strings.HasPrefix(in.Name, "aws.partner/"):
		return nil, notFound("Event source %s does not exist.", wire.Value(in.EventSourceName))
	case in.Name == defaultBus:
		return nil, exists("Event bus", in.Name)
	case strings.Contains(in.Name, "/"):
		return nil, invalid("Event bus name must not contain '/'.")
	}
	ref := busRef{homeOf(call.From(ctx)), in.Name}
	now := s.Clock.Now()
	b := bus{
		Description: in.Description, KMSKey: in.KmsKeyIdentifier, DeadLetter: in.DeadLetterConfig, Log: in.LogConfig,
		Created: now, Modified: now,
	}
	var err error
	if b.Tags, err = addTags(nil, in.Tags); err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		_, taken, err := tx.Get(ref.rowKey())
		if err != nil {
			return fmt.Errorf("load event bus: %w", err)
		}
		if taken {
			return exists("Event bus", in.Name)
		}
		return kv.Put(tx, ref.rowKey(), b)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateEventBusOutput{
		EventBusArn: new(ref.ARN()), Description: b.Description, KmsKeyIdentifier: b.KMSKey, DeadLetterConfig: b.DeadLetter, LogConfig: b.Log,
	}, nil
}

// exists is the error about a name that is taken.
func exists(what, name string) error {
	return &api.ResourceAlreadyExistsException{Message: what + " " + name + " already exists."}
}
