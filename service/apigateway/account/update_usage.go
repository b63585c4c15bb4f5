package account

import (
	"context"
	"time"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/service/apigateway/patch"
	"maru.dev/maru/service/apigateway/record"
)

// UpdateUsage says what is left of an API key's quota until its period ends.
//
// Spec: API Gateway API Reference, UpdateUsage, PatchOperation.
func (s *Service) UpdateUsage(ctx context.Context, in *api.UpdateUsageInput) (*api.UpdateUsageOutput, error) {
	at := record.Home(ctx)
	today := s.Clock.Now().UTC().Truncate(day)
	var log []int64
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, err := needMember(tx, at, in.UsagePlanId, in.KeyId); err != nil {
			return err
		}
		p, err := usagePlans().Need(tx, at, in.UsagePlanId)
		if err != nil {
			return err
		}
		if p.Quota == nil {
			return fault.BadRequest("Usage Plan %s does not have a quota", *p.Id)
		}
		gone, err := usedUp(tx, at, *p.Id, in.KeyId, periodStart(p.Quota, today), today)
		if err != nil {
			return err
		}
		left := int64(*p.Quota.Limit) - gone
		remaining := left
		rules := patch.Rules{patch.Int("/remaining", func(n int32) { remaining = int64(n) })}
		if err := rules.Apply(in.PatchOperations); err != nil {
			return err
		}
		if remaining < 0 {
			return fault.BadRequest("Remaining quota must be a positive number")
		}
		if err := tx.AddPair(usageKey(at, *p.Id, in.KeyId).With(today), 0, remaining-left); err != nil {
			return err
		}
		log, err = dayLog(tx, at, &p, in.KeyId, today)
		return err
	})
	if err != nil {
		return nil, err
	}
	date := today.Format(time.DateOnly)
	return &api.Usage{UsagePlanId: &in.UsagePlanId, StartDate: &date, EndDate: &date, Items: map[string][][]int64{in.KeyId: {log}}}, nil
}
