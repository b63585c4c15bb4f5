package events

import (
	"context"
	"slices"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/kv"
)

// ListRuleNamesByTarget lists the names of a bus's rules that have a target.
//
// Spec: EventBridge API Reference, ListRuleNamesByTarget.
func (s *Service) ListRuleNamesByTarget(ctx context.Context, in *api.ListRuleNamesByTargetInput) (*api.ListRuleNamesByTargetOutput, error) {
	var out *api.ListRuleNamesByTargetOutput
	err := s.viewBus(ctx, in.EventBusName, func(tx *kv.Tx, ref busRef, _ *bus) (err error) {
		out = &api.ListRuleNamesByTargetOutput{RuleNames: []string{}}
		out.NextToken, err = page(tx, ref.rulesKey(), nil, in.NextToken, in.Limit, func(name string, r *rule) bool {
			has := slices.ContainsFunc(r.Targets, func(t api.Target) bool { return t.Arn == in.TargetArn })
			if has {
				out.RuleNames = append(out.RuleNames, name)
			}
			return has
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
