package events

import (
	"context"

	api "maru.dev/maru/api/events"
)

// DescribeRule tells what a rule is.
//
// Spec: EventBridge API Reference, DescribeRule.
func (s *Service) DescribeRule(ctx context.Context, in *api.DescribeRuleInput) (*api.DescribeRuleOutput, error) {
	var out *api.DescribeRuleOutput
	err := s.viewRule(ctx, in.EventBusName, in.Name, func(ref busRef, r *rule) error {
		out = &api.DescribeRuleOutput{
			Name: &in.Name, Arn: new(ref.ruleARN(in.Name)), EventPattern: optional(r.Pattern), ScheduleExpression: optional(r.Schedule),
			State: &r.State, Description: r.Description, RoleArn: r.RoleARN, ManagedBy: optional(r.ManagedBy),
			EventBusName: new(ref.name), CreatedBy: &r.CreatedBy,
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
