package account

import (
	"context"
	"slices"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/service/apigateway/record"
)

// DeleteUsagePlan removes a usage plan that has no stages any more. Its API keys
// stay, and lose what they have used of it.
//
// Spec: API Gateway API Reference, DeleteUsagePlan.
func (s *Service) DeleteUsagePlan(ctx context.Context, in *api.DeleteUsagePlanInput) (*api.DeleteUsagePlanOutput, error) {
	at := record.Home(ctx)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		p, err := usagePlans().Need(tx, at, in.UsagePlanId)
		if err != nil {
			return err
		}
		if len(p.ApiStages) > 0 {
			return fault.BadRequest("Cannot delete Usage Plan %s because there are API Stages associated with it, including %s", *p.Id, stageName(&p.ApiStages[0]))
		}
		in, err := members().All(tx, at, *p.Id)
		if err != nil {
			return err
		}
		for _, m := range in {
			if err := leave(tx, at, *p.Id, m.Key); err != nil {
				return err
			}
		}
		return usagePlans().Delete(tx, at, *p.Id)
	})
	return &api.DeleteUsagePlanOutput{}, err
}

// leave takes an API key out of a usage plan, with what it has used of it.
func leave(tx *kv.Tx, at service.Home, planID, keyID string) error {
	k, err := keys().Need(tx, at, keyID)
	if err != nil {
		return err
	}
	out := func(h *holding) {
		h.Plans = slices.DeleteFunc(h.Plans, func(id string) bool { return id == planID })
	}
	if err := hold(tx, at, &k, out); err != nil {
		return err
	}
	if err := tx.DeleteRange(kv.Prefix(usageKey(at, planID, keyID))); err != nil {
		return err
	}
	return members().Delete(tx, at, planID, keyID)
}
