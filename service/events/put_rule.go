package events

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/pattern"
	"maru.dev/maru/schedule"
	"maru.dev/maru/wire"
)

// maxPattern is how long an event pattern may be.
const maxPattern = 4096

// PutRule makes a rule, or replaces what a rule was but for its targets and
// tags.
//
// Spec: EventBridge API Reference, PutRule.
func (s *Service) PutRule(ctx context.Context, in *api.PutRuleInput) (*api.PutRuleOutput, error) {
	info := call.From(ctx)
	ref, err := ownBus(info, in.EventBusName)
	if err != nil {
		return nil, err
	}
	next := rule{
		Pattern: wire.Value(in.EventPattern), Schedule: wire.Value(in.ScheduleExpression), State: wire.Or(in.State, api.RuleStateEnabled),
		Description: in.Description, RoleARN: in.RoleArn, CreatedBy: info.Account,
		ManagedBy: manager(info), Anchor: s.Clock.Now(),
	}
	if err := next.check(ref); err != nil {
		return nil, err
	}
	if err := checkRole(in.RoleArn, info.Account); err != nil {
		return nil, err
	}
	if next.Tags, err = addTags(nil, in.Tags); err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, err := loadBus(tx, ref); err != nil {
			return err
		}
		was, ok, err := kv.Get[rule](tx, ref.ruleKey(in.Name))
		if err != nil {
			return fmt.Errorf("load rule: %w", err)
		}
		r := next
		if !ok {
			return s.saveRule(tx, ref, in.Name, nil, &r)
		}
		if err := was.guard(ctx, in.Name, nil); err != nil {
			return err
		}
		r.Targets, r.Tags, r.CreatedBy = was.Targets, was.Tags, was.CreatedBy
		if was.Schedule == r.Schedule && was.enabled() == r.enabled() {
			r.Anchor = was.Anchor // a rate goes on
		}
		return s.saveRule(tx, ref, in.Name, &was, &r)
	})
	if err != nil {
		return nil, err
	}
	return &api.PutRuleOutput{RuleArn: new(ref.ruleARN(in.Name))}, nil
}

// check holds a rule against what rules may be.
func (r *rule) check(ref busRef) error {
	switch {
	case r.Pattern == "" && r.Schedule == "":
		return invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.")
	case r.Schedule != "" && ref.name != defaultBus:
		return invalid("ScheduleExpression is supported only on the default event bus.")
	}
	if r.Schedule != "" {
		e, err := schedule.Parse(r.Schedule)
		if err != nil || e.Kind() == schedule.At || !e.Agrees() {
			return invalid("Parameter ScheduleExpression is not valid.")
		}
	}
	return checkPattern(r.Pattern)
}

// checkPattern refuses an event pattern that cannot be compiled; none is fine.
func checkPattern(text string) error {
	if text == "" {
		return nil
	}
	if len(text) > maxPattern {
		return invalid("Event pattern is longer than %d characters.", maxPattern)
	}
	if _, err := pattern.Compile([]byte(text)); err != nil {
		return &api.InvalidEventPatternException{Message: err.Error()}
	}
	return nil
}
