package account

import (
	"context"
	"slices"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/patch"
	"maru.dev/maru/wire"
)

// UpdateApiKey changes what an API key is called, whether it is let in, and the
// stages that are noted with it.
//
// Spec: API Gateway API Reference, UpdateApiKey, PatchOperation.
func (s *Service) UpdateApiKey(ctx context.Context, in *api.UpdateApiKeyInput) (*api.UpdateApiKeyOutput, error) {
	k, err := change(ctx, s, keys(), in.ApiKey, func(tx *kv.Tx, at service.Home, k *api.ApiKey) error {
		rules := patch.Rules{
			patch.Text("/name", &k.Name).Fixed(), patch.Text("/description", &k.Description).Fixed(), patch.Text("/customerId", &k.CustomerId).Fixed(),
			patch.Bool("/enabled", func(on bool) { k.Enabled = &on }),
			{
				Path: "/stages",
				Add:  func(_ []string, v string) error { return s.addStageKey(tx, at, k, v) },
				Remove: func(_ []string, v *string) error {
					k.StageKeys = slices.DeleteFunc(k.StageKeys, func(s string) bool { return s == wire.Value(v) })
					return nil
				},
			},
		}
		if err := rules.Apply(in.PatchOperations); err != nil {
			return err
		}
		if err := checkKey(k); err != nil {
			return err
		}
		k.LastUpdatedDate = s.now()
		return hold(tx, at, k, func(h *holding) { h.Name, h.Enabled = wire.Value(k.Name), *k.Enabled })
	})
	if err != nil {
		return nil, err
	}
	return new(shown(*k, nil)), nil
}
