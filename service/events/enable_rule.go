package events

import (
	"context"

	api "maru.dev/maru/api/events"
)

// EnableRule lets a rule act.
//
// Spec: EventBridge API Reference, EnableRule.
func (s *Service) EnableRule(ctx context.Context, in *api.EnableRuleInput) (*api.EnableRuleOutput, error) {
	if err := s.setState(ctx, in.EventBusName, in.Name, api.RuleStateEnabled); err != nil {
		return nil, err
	}
	return &api.EnableRuleOutput{}, nil
}

// DisableRule keeps a rule from acting.
//
// Spec: EventBridge API Reference, DisableRule.
func (s *Service) DisableRule(ctx context.Context, in *api.DisableRuleInput) (*api.DisableRuleOutput, error) {
	if err := s.setState(ctx, in.EventBusName, in.Name, api.RuleStateDisabled); err != nil {
		return nil, err
	}
	return &api.DisableRuleOutput{}, nil
}

// setState changes whether a rule acts. A rate counts from when it was enabled.
func (s *Service) setState(ctx context.Context, busName *string, name, state string) error {
	now := s.Clock.Now()
	return s.changeRule(ctx, busName, name, func(_ busRef, r *rule) error {
		if err := r.guard(ctx, name, nil); err != nil {
			return err
		}
		was := r.enabled()
		if r.State = state; r.enabled() != was {
			r.Anchor = now
		}
		return nil
	})
}
