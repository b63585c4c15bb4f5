package events

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// CreateArchive begins to keep the events of a bus that match a pattern.
//
// Spec: EventBridge API Reference, CreateArchive.
func (s *Service) CreateArchive(ctx context.Context, in *api.CreateArchiveInput) (*api.CreateArchiveOutput, error) {
	h := homeOf(call.From(ctx))
	source, err := sourceBus(in.EventSourceArn)
	if err != nil {
		return nil, err
	}
	if err := checkPattern(wire.Value(in.EventPattern)); err != nil {
		return nil, err
	}
	a := archive{
		ID: s.IDs.Hex(16), Source: source.ARN(), Description: in.Description, Pattern: wire.Value(in.EventPattern),
		Retention: wire.Value(in.RetentionDays), KMSKey: in.KmsKeyIdentifier, Created: s.Clock.Now(),
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		if source.home != h {
			return noBus(source.name)
		}
		if _, err := loadBus(tx, source); err != nil {
			return err
		}
		_, taken, err := tx.Get(h.archiveKey(in.ArchiveName))
		if err != nil {
			return fmt.Errorf("load archive: %w", err)
		}
		if taken {
			return exists("Archive", in.ArchiveName)
		}
		return s.saveArchive(tx, h, in.ArchiveName, &a, 1)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateArchiveOutput{
		ArchiveArn: new(h.archiveARN(in.ArchiveName)), State: new(enabledArchive), CreationTime: &a.Created,
	}, nil
}

// saveArchive writes an archive, and lets its bus know.
func (s *Service) saveArchive(tx *kv.Tx, h home, name string, a *archive, added int64) error {
	source, err := sourceBus(a.Source)
	if err != nil {
		return err
	}
	if err := listenersChanged(tx, source, added); err != nil {
		return err
	}
	if err := s.retain(tx, h, name, a); err != nil {
		return err
	}
	return kv.Put(tx, h.archiveKey(name), *a)
}
