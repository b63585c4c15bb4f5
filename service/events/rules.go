package events

import (
	"context"
	"errors"
	"fmt"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// loadRule reads a rule.
func loadRule(tx *kv.Tx, ref busRef, name string) (*rule, error) {
	r, ok, err := kv.Get[rule](tx, ref.ruleKey(name))
	switch {
	case err != nil:
		return nil, fmt.Errorf("load rule: %w", err)
	case !ok:
		return nil, noRule(name, ref)
	}
	return &r, nil
}

// viewRule reads the rule that a request names.
func (s *Service) viewRule(ctx context.Context, busName *string, name string, fn func(ref busRef, r *rule) error) error {
	return s.viewBus(ctx, busName, func(tx *kv.Tx, ref busRef, _ *bus) error {
		r, err := loadRule(tx, ref, name)
		if err != nil {
			return err
		}
		return fn(ref, r)
	})
}

// changeRule changes the rule that a request names, and what waits for it.
func (s *Service) changeRule(ctx context.Context, busName *string, name string, fn func(ref busRef, r *rule) error) error {
	ref, err := ownBus(call.From(ctx), busName)
	if err != nil {
		return err
	}
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, err := loadBus(tx, ref); err != nil {
			return err
		}
		r, err := loadRule(tx, ref, name)
		if err != nil {
			return err
		}
		was := *r
		if err := fn(ref, r); err != nil {
			return err
		}
		return s.saveRule(tx, ref, name, &was, r)
	})
}

// saveRule writes a rule and lets the bus know; was is nil if it is new. Its
// clock is wound only if it is due at other times than it was, so that a change
// of anything else costs it no time that is about to be told.
func (s *Service) saveRule(tx *kv.Tx, ref busRef, name string, was, r *rule) error {
	if err := ruleChanged(tx, ref, was, r); err != nil {
		return err
	}
	if was == nil || !r.keepsTimeOf(was) {
		if err := s.wind(tx, ref, name, r); err != nil {
			return err
		}
	}
	err := kv.Put(tx, ref.ruleKey(name), *r)
	if errors.Is(err, kv.ErrTooLarge) { // its targets' parameters may be long
		return &api.LimitExceededException{Message: "The requested resource exceeds the maximum number allowed."}
	}
	return err
}

// manager is the service of AWS that calls, if it is one that keeps rules of
// its own. Others (templates, workflows, gateways) call for their users.
func manager(info call.Info) string {
	if info.Principal.Kind == call.Service && info.Principal.Service == "schemas.amazonaws.com" {
		return info.Principal.Service
	}
	return ""
}

// guard refuses a change of a rule that a service manages, but by itself or by
// force.
func (r *rule) guard(ctx context.Context, name string, force *bool) error {
	if r.ManagedBy != "" && r.ManagedBy != manager(call.From(ctx)) && !wire.Value(force) {
		return &api.ManagedRuleException{Message: "Rule " + name + " is managed by " + r.ManagedBy + " and can't be changed without force."}
	}
	return nil
}
