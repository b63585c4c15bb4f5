package events

import (
	"context"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// ListArchives lists archives by name.
//
// Spec: EventBridge API Reference, ListArchives.
func (s *Service) ListArchives(ctx context.Context, in *api.ListArchivesInput) (*api.ListArchivesOutput, error) {
	filters := 0
	for _, f := range []*string{in.NamePrefix, in.EventSourceArn, in.State} {
		if f != nil {
			filters++
		}
	}
	if filters > 1 {
		return nil, invalid("At most one filter is allowed for ListArchives. Use either : State, EventSourceArn, or NamePrefix.")
	}
	h := homeOf(call.From(ctx))
	var out *api.ListArchivesOutput
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		out = &api.ListArchivesOutput{Archives: []api.Archive{}}
		var failed error
		out.NextToken, err = page(tx, h.key("archive"), in.NamePrefix, in.NextToken, in.Limit, func(name string, a *archive) bool {
			if in.EventSourceArn != nil && a.Source != *in.EventSourceArn || in.State != nil && *in.State != enabledArchive {
				return false
			}
			events, bytes, err := h.counts(tx, a)
			if err != nil {
				failed = err
			}
			out.Archives = append(out.Archives, api.Archive{
				ArchiveName: new(name), EventSourceArn: &a.Source, State: new(enabledArchive), RetentionDays: &a.Retention,
				SizeBytes: &bytes, EventCount: &events, CreationTime: &a.Created,
			})
			return true
		})
		if err == nil {
			err = failed
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
