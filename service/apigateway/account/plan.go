package account

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/gateway/rest/plan"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// Key implements plan.Source.
func (s *Service) Key(ctx context.Context, a *plan.API, stage, value string) (k plan.Key, ok bool, err error) {
	at := service.Home{Account: a.Account, Region: a.Region}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		h, found, err := s.held.Get(tx, holdings().Key(at, value))
		if err != nil || !found {
			return err
		}
		name := stageName(&api.ApiStage{ApiId: &a.ID, Stage: &stage})
		for _, id := range h.Plans {
			p, found, err := s.plans.Get(tx, usagePlans().Key(at, id))
			if err != nil {
				return err
			}
			if found && findStage(p, name) >= 0 {
				k, ok = plan.Key{ID: h.ID, Name: h.Name, Enabled: h.Enabled, Plan: *p}, true
				return nil
			}
		}
		return nil
	})
	if err != nil {
		return k, false, fmt.Errorf("find API key: %w", err)
	}
	return k, ok, nil
}

// Spend implements plan.Source.
func (s *Service) Spend(ctx context.Context, a *plan.API, spent map[plan.Spent]int64) error {
	at := service.Home{Account: a.Account, Region: a.Region}
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		for of, n := range spent {
			if err := tx.AddPair(usageKey(at, of.Plan, of.Key).With(of.Day), n, 0); err != nil {
				return err
			}
		}
		return nil
	})
}

// Spent implements plan.Source.
func (s *Service) Spent(ctx context.Context, a *plan.API, k plan.Key) (n int64, err error) {
	if k.Plan.Quota == nil {
		return 0, nil
	}
	at := service.Home{Account: a.Account, Region: a.Region}
	today := s.Clock.Now().UTC().Truncate(day)
	err = s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		n, err = usedUp(tx, at, *k.Plan.Id, k.ID, periodStart(k.Plan.Quota, today), today)
		return err
	})
	return n, err
}
