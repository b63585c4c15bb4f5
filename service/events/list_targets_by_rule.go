package events

import (
	"context"
	"encoding/base64"
	"slices"

	api "maru.dev/maru/api/events"
)

// ListTargetsByRule lists a rule's targets by id.
//
// Spec: EventBridge API Reference, ListTargetsByRule.
func (s *Service) ListTargetsByRule(ctx context.Context, in *api.ListTargetsByRuleInput) (*api.ListTargetsByRuleOutput, error) {
	after, err := base64.RawURLEncoding.DecodeString(value(in.NextToken))
	if err != nil {
		return nil, invalid("NextToken is not valid.")
	}
	out := &api.ListTargetsByRuleOutput{Targets: []api.Target{}}
	err = s.viewRule(ctx, in.EventBusName, in.Rule, func(_ busRef, r *rule) error {
		i := slices.IndexFunc(r.Targets, func(t api.Target) bool { return t.Id > string(after) })
		if i < 0 {
			return nil
		}
		out.Targets = r.Targets[i:]
		if n := int(valueOr(in.Limit, maxPage)); n < len(out.Targets) {
			out.Targets = out.Targets[:n]
			out.NextToken = new(base64.RawURLEncoding.EncodeToString([]byte(out.Targets[n-1].Id)))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
