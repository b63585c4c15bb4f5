package events

import (
	"context"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// DescribeArchive tells what an archive is, and how much is in it.
//
// Spec: EventBridge API Reference, DescribeArchive.
func (s *Service) DescribeArchive(ctx context.Context, in *api.DescribeArchiveInput) (*api.DescribeArchiveOutput, error) {
	h := homeOf(call.From(ctx))
	var out *api.DescribeArchiveOutput
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		a, err := loadArchive(tx, h, in.ArchiveName)
		if err != nil {
			return err
		}
		events, bytes, err := h.counts(tx, a)
		out = &api.DescribeArchiveOutput{
			ArchiveArn: new(h.archiveARN(in.ArchiveName)), ArchiveName: &in.ArchiveName, EventSourceArn: &a.Source, Description: a.Description,
			EventPattern: wire.Optional(a.Pattern), State: new(enabledArchive), RetentionDays: &a.Retention, SizeBytes: &bytes, EventCount: &events,
			CreationTime: &a.Created, KmsKeyIdentifier: a.KMSKey,
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
