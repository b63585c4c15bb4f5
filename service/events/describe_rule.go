package events

import (
	"context"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/wire"
)

// DescribeRule tells what a rule is.
//
// Spec: EventBridge API Reference, DescribeRule.
func (s *Service) DescribeRule(ctx context.Context, in *api.DescribeRuleInput) (*api.DescribeRuleOutput, error) {
	var out *api.DescribeRuleOutput
	err := s.viewRule(ctx, in.EventBusName, in.Name, func(ref busRef, r *rule) error {
		out = &api.DescribeRuleOutput{
			Name: &in.Name, Arn: new(ref.ruleARN(in.Name)), EventPattern: wire.Optional(r.Pattern), ScheduleExpression: wire.Optional(r.Schedule),
			State: &r.State, Description: r.Description, RoleArn: r.RoleARN, ManagedBy: wire.Optional(r.ManagedBy),
			EventBusName: new(ref.name), CreatedBy: &r.CreatedBy,
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
