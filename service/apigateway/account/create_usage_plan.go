package account

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/service/apigateway/record"
)

// CreateUsagePlan says what the API keys that will be in the plan may ask of which
// stages, and how much of it.
//
// Spec: API Gateway API Reference, CreateUsagePlan.
func (s *Service) CreateUsagePlan(ctx context.Context, in *api.CreateUsagePlanInput) (*api.CreateUsagePlanOutput, error) {
	p := &api.UsagePlan{
		Id: new(record.ID(s.IDs, 6)), Name: &in.Name, Description: in.Description, ApiStages: in.ApiStages,
		Throttle: in.Throttle, Quota: in.Quota, Tags: in.Tags,
	}
	if p.ApiStages == nil {
		p.ApiStages = []api.ApiStage{}
	}
	if p.Quota != nil && p.Quota.Offset == nil {
		p.Quota.Offset = new(int32(0))
	}
	at := record.Home(ctx)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		if err := s.checkPlan(tx, at, p); err != nil {
			return err
		}
		n, err := usagePlans().Count(tx, at)
		if err != nil {
			return err
		}
		if n >= maxPlans {
			return fault.LimitExceeded("Maximum number of usage plans for this account in this region has been reached")
		}
		return usagePlans().Put(tx, *p, at, *p.Id)
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}
