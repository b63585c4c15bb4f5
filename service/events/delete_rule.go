package events

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// DeleteRule removes a rule that has no targets. A rule that is not there is
// no error.
//
// Spec: EventBridge API Reference, DeleteRule.
func (s *Service) DeleteRule(ctx context.Context, in *api.DeleteRuleInput) (*api.DeleteRuleOutput, error) {
	ref, err := ownBus(call.From(ctx), in.EventBusName)
	if err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, err := loadBus(tx, ref); err != nil {
			return err
		}
		r, ok, err := kv.Get[rule](tx, ref.ruleKey(in.Name))
		switch {
		case err != nil:
			return fmt.Errorf("load rule: %w", err)
		case !ok:
			return nil
		}
		if err := r.guard(ctx, in.Name, in.Force); err != nil {
			return err
		}
		if len(r.Targets) > 0 {
			return invalid("Rule can't be deleted since it has targets.")
		}
		if err := s.Tasks.CancelKey(tx, tickKind, ref.ruleARN(in.Name)); err != nil {
			return err
		}
		if err := ruleChanged(tx, ref, &r, nil); err != nil {
			return err
		}
		return tx.Delete(ref.ruleKey(in.Name))
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteRuleOutput{}, nil
}
