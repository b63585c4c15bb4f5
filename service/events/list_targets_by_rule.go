package events

import (
	"context"
	"slices"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// ListTargetsByRule lists a rule's targets by id.
//
// Spec: EventBridge API Reference, ListTargetsByRule.
func (s *Service) ListTargetsByRule(ctx context.Context, in *api.ListTargetsByRuleInput) (*api.ListTargetsByRuleOutput, error) {
	out := &api.ListTargetsByRuleOutput{Targets: []api.Target{}}
	err := s.viewRule(ctx, in.EventBusName, in.Rule, func(ref busRef, r *rule) error {
		list := ref.ruleKey(in.Rule)
		after, ok := service.ReadPageToken(list, in.NextToken)
		if !ok {
			return invalid("NextToken is not valid.")
		}
		i := slices.IndexFunc(r.Targets, func(t api.Target) bool { return t.Id > after })
		if i < 0 {
			return nil
		}
		out.Targets = r.Targets[i:]
		if n := int(wire.Or(in.Limit, maxPage)); n < len(out.Targets) {
			out.Targets = out.Targets[:n]
			out.NextToken = service.PageToken(list, out.Targets[n-1].Id)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
