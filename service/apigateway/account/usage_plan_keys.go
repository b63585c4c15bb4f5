package account

import (
	"cmp"
	"context"
	"slices"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/service/apigateway/record"
)

// keyType is what a usage plan's key may be.
const keyType = "API_KEY"

// planKey is an API key as one of a usage plan.
func planKey(k *api.ApiKey) *api.UsagePlanKey {
	return &api.UsagePlanKey{Id: k.Id, Type: new(keyType), Value: k.Value, Name: k.Name}
}

// CreateUsagePlanKey puts an API key into a usage plan.
//
// Spec: API Gateway API Reference, CreateUsagePlanKey.
func (s *Service) CreateUsagePlanKey(ctx context.Context, in *api.CreateUsagePlanKeyInput) (*api.CreateUsagePlanKeyOutput, error) {
	if in.KeyType != keyType {
		return nil, fault.BadRequest("Invalid key type specified: %s. Must be one of: [%s]", in.KeyType, keyType)
	}
	at := record.Home(ctx)
	var out *api.UsagePlanKey
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		p, err := usagePlans().Need(tx, at, in.UsagePlanId)
		if err != nil {
			return err
		}
		k, err := keys().Need(tx, at, in.KeyId)
		if err != nil {
			return err
		}
		out = planKey(&k)
		return join(tx, at, &p, &k)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// join puts an API key into a usage plan.
func join(tx *kv.Tx, at service.Home, p *api.UsagePlan, k *api.ApiKey) error {
	plans, err := plansOf(tx, at, *k.Id)
	switch {
	case err != nil:
		return err
	case slices.Contains(plans, *p.Id):
		return fault.Conflict("API Key %s is already associated with Usage Plan %s", *k.Id, *p.Id)
	case len(plans) >= maxPlansOfAKey:
		return fault.LimitExceeded("Maximum number of usage plans for API Key %s has been reached", *k.Id)
	}
	if err := checkApart(tx, at, p, *k.Id, plans); err != nil {
		return err
	}
	in := func(h *holding) {
		h.Plans = append(h.Plans, *p.Id)
		slices.Sort(h.Plans)
	}
	if err := hold(tx, at, k, in); err != nil {
		return err
	}
	return members().Put(tx, member{Key: *k.Id}, at, *p.Id, *k.Id)
}

// GetUsagePlanKey returns an API key as one of a usage plan.
//
// Spec: API Gateway API Reference, GetUsagePlanKey.
func (s *Service) GetUsagePlanKey(ctx context.Context, in *api.GetUsagePlanKeyInput) (*api.GetUsagePlanKeyOutput, error) {
	at := record.Home(ctx)
	var k api.ApiKey
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		k, err = needMember(tx, at, in.UsagePlanId, in.KeyId)
		return err
	})
	if err != nil {
		return nil, err
	}
	return planKey(&k), nil
}

// needMember reads an API key that is in a usage plan.
func needMember(tx *kv.Tx, at service.Home, planID, keyID string) (k api.ApiKey, err error) {
	if _, err := usagePlans().Need(tx, at, planID); err != nil {
		return k, err
	}
	if _, err := members().Need(tx, at, planID, keyID); err != nil {
		return k, err
	}
	return keys().Need(tx, at, keyID)
}

// GetUsagePlanKeys lists a usage plan's API keys.
//
// Spec: API Gateway API Reference, GetUsagePlanKeys.
func (s *Service) GetUsagePlanKeys(ctx context.Context, in *api.GetUsagePlanKeysInput) (*api.GetUsagePlanKeysOutput, error) {
	at := record.Home(ctx)
	out := &api.GetUsagePlanKeysOutput{}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		if _, err := usagePlans().Need(tx, at, in.UsagePlanId); err != nil {
			return err
		}
		out.Items = []api.UsagePlanKey{}
		all := make(map[string]*api.UsagePlanKey)
		var failed error
		keep := func(m *member) bool {
			k, err := keys().Need(tx, at, m.Key)
			failed = cmp.Or(failed, err)
			all[m.Key] = planKey(&k)
			return begins(k.Name, in.NameQuery)
		}
		page, next, err := record.Pick(tx, in.Limit, in.Position, keep, members(), at, in.UsagePlanId)
		for _, m := range page {
			out.Items = append(out.Items, *all[m.Key])
		}
		out.Position = next
		return cmp.Or(failed, err)
	})
	return out, err
}

// DeleteUsagePlanKey takes an API key out of a usage plan.
//
// Spec: API Gateway API Reference, DeleteUsagePlanKey.
func (s *Service) DeleteUsagePlanKey(ctx context.Context, in *api.DeleteUsagePlanKeyInput) (*api.DeleteUsagePlanKeyOutput, error) {
	at := record.Home(ctx)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, err := needMember(tx, at, in.UsagePlanId, in.KeyId); err != nil {
			return err
		}
		return leave(tx, at, in.UsagePlanId, in.KeyId)
	})
	return &api.DeleteUsagePlanKeyOutput{}, err
}
