package account

import (
	"context"
	"slices"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/apigateway/record"
)

// GetUsagePlan returns a usage plan.
//
// Spec: API Gateway API Reference, GetUsagePlan.
func (s *Service) GetUsagePlan(ctx context.Context, in *api.GetUsagePlanInput) (*api.GetUsagePlanOutput, error) {
	return read(ctx, s, usagePlans(), in.UsagePlanId)
}

// GetUsagePlans lists usage plans, or those that an API key is in.
//
// Spec: API Gateway API Reference, GetUsagePlans.
func (s *Service) GetUsagePlans(ctx context.Context, in *api.GetUsagePlansInput) (*api.GetUsagePlansOutput, error) {
	at := record.Home(ctx)
	out := &api.GetUsagePlansOutput{}
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		if in.KeyId == nil {
			out.Items, out.Position, err = record.Page(tx, in.Limit, in.Position, usagePlans(), at)
			return err
		}
		of, err := plansOf(tx, at, *in.KeyId)
		if err != nil {
			return err
		}
		keep := func(p *api.UsagePlan) bool { return slices.Contains(of, *p.Id) }
		out.Items, out.Position, err = record.Pick(tx, in.Limit, in.Position, keep, usagePlans(), at)
		return err
	})
	return out, err
}
