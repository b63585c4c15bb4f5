package events

import (
	"context"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// UpdateArchive changes what an archive keeps, and for how long. What the
// request leaves out is kept as it was.
//
// Spec: EventBridge API Reference, UpdateArchive.
func (s *Service) UpdateArchive(ctx context.Context, in *api.UpdateArchiveInput) (*api.UpdateArchiveOutput, error) {
	h := homeOf(call.From(ctx))
	if err := checkPattern(wire.Value(in.EventPattern)); err != nil {
		return nil, err
	}
	var out *api.UpdateArchiveOutput
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		a, err := loadArchive(tx, h, in.ArchiveName)
		if err != nil {
			return err
		}
		if in.Description != nil {
			a.Description = in.Description
		}
		if in.EventPattern != nil {
			a.Pattern = *in.EventPattern
		}
		if in.RetentionDays != nil {
			a.Retention = *in.RetentionDays
		}
		if in.KmsKeyIdentifier != nil {
			a.KMSKey = wire.Optional(*in.KmsKeyIdentifier)
		}
		out = &api.UpdateArchiveOutput{ArchiveArn: new(h.archiveARN(in.ArchiveName)), State: new(enabledArchive), CreationTime: &a.Created}
		return s.saveArchive(tx, h, in.ArchiveName, a, 0)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
