package events

import (
	"context"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// DeleteArchive removes an archive with its events.
//
// Spec: EventBridge API Reference, DeleteArchive.
func (s *Service) DeleteArchive(ctx context.Context, in *api.DeleteArchiveInput) (*api.DeleteArchiveOutput, error) {
	h := homeOf(call.From(ctx))
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		a, err := loadArchive(tx, h, in.ArchiveName)
		if err != nil {
			return err
		}
		source, err := sourceBus(a.Source)
		if err != nil {
			return err
		}
		if err := listenersChanged(tx, source, -1); err != nil {
			return err
		}
		if err := s.Tasks.CancelKey(tx, retainKind, h.archiveARN(in.ArchiveName)); err != nil {
			return err
		}
		if err := tx.DeleteRange(kv.Prefix(h.archivedKey(a.ID))); err != nil {
			return err
		}
		for _, key := range []kv.Key{h.countKey(a.ID), h.sizeKey(a.ID), h.archiveKey(in.ArchiveName)} {
			if err := tx.Delete(key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteArchiveOutput{}, nil
}
