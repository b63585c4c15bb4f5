package account

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/apigateway/record"
)

// DeleteApiKey removes an API key, from its usage plans, too.
//
// Spec: API Gateway API Reference, DeleteApiKey.
func (s *Service) DeleteApiKey(ctx context.Context, in *api.DeleteApiKeyInput) (*api.DeleteApiKeyOutput, error) {
	at := record.Home(ctx)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		k, err := keys().Need(tx, at, in.ApiKey)
		if err != nil {
			return err
		}
		h, err := holdings().Need(tx, at, *k.Value)
		if err != nil {
			return err
		}
		for _, plan := range h.Plans {
			if err := members().Delete(tx, at, plan, in.ApiKey); err != nil {
				return err
			}
			if err := tx.DeleteRange(kv.Prefix(usageKey(at, plan, in.ApiKey))); err != nil {
				return err
			}
		}
		if err := holdings().Delete(tx, at, *k.Value); err != nil {
			return err
		}
		return keys().Delete(tx, at, in.ApiKey)
	})
	return &api.DeleteApiKeyOutput{}, err
}
