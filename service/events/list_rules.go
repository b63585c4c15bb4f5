package events

import (
	"context"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// ListRules lists a bus's rules by name.
//
// Spec: EventBridge API Reference, ListRules.
func (s *Service) ListRules(ctx context.Context, in *api.ListRulesInput) (*api.ListRulesOutput, error) {
	var out *api.ListRulesOutput
	err := s.viewBus(ctx, in.EventBusName, func(tx *kv.Tx, ref busRef, _ *bus) (err error) {
		out = &api.ListRulesOutput{Rules: []api.Rule{}}
		out.NextToken, err = page(tx, ref.rulesKey(), in.NamePrefix, in.NextToken, in.Limit, func(name string, r *rule) bool {
			out.Rules = append(out.Rules, api.Rule{
				Name: new(name), Arn: new(ref.ruleARN(name)), EventPattern: wire.Optional(r.Pattern), State: &r.State, Description: r.Description,
				ScheduleExpression: wire.Optional(r.Schedule), RoleArn: r.RoleARN, ManagedBy: wire.Optional(r.ManagedBy), EventBusName: new(ref.name),
			})
			return true
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
