package events

import (
	"context"
	"strings"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// ListEventBuses lists the account's buses by name; the default one comes
// first.
//
// Spec: EventBridge API Reference, ListEventBuses.
func (s *Service) ListEventBuses(ctx context.Context, in *api.ListEventBusesInput) (*api.ListEventBusesOutput, error) {
	h := homeOf(call.From(ctx))
	var out *api.ListEventBusesOutput
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		out = &api.ListEventBusesOutput{EventBuses: []api.EventBus{}}
		limit := in.Limit
		add := func(name string, b *bus) {
			e := api.EventBus{Name: new(name), Arn: new(busRef{h, name}.ARN()), Description: b.Description, Policy: policyText(b.Policy)}
			if !b.Created.IsZero() {
				e.CreationTime, e.LastModifiedTime = new(b.Created), new(b.Modified)
			}
			out.EventBuses = append(out.EventBuses, e)
		}
		if in.NextToken == nil && strings.HasPrefix(defaultBus, wire.Value(in.NamePrefix)) {
			b, err := loadBus(tx, busRef{h, defaultBus})
			if err != nil {
				return err
			}
			add(defaultBus, b)
			if limit = new(wire.Or(in.Limit, maxPage) - 1); *limit == 0 {
				out.NextToken = service.PageToken(h.key("bus"), "\x00") // behind no name
				return nil
			}
		}
		out.NextToken, err = page(tx, h.key("bus"), in.NamePrefix, in.NextToken, limit, func(name string, b *bus) bool {
			if name == defaultBus {
				return false
			}
			add(name, b)
			return true
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
