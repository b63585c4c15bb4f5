package account

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/apigateway/record"
	"maru.dev/maru/wire"
)

// GetApiKey returns an API key.
//
// Spec: API Gateway API Reference, GetApiKey.
func (s *Service) GetApiKey(ctx context.Context, in *api.GetApiKeyInput) (*api.GetApiKeyOutput, error) {
	k, err := read(ctx, s, keys(), in.ApiKey)
	if err != nil {
		return nil, err
	}
	return new(shown(*k, in.IncludeValue)), nil
}

// GetApiKeys lists API keys: those whose name begins with the one that is asked
// for, or those of a customer.
//
// Spec: API Gateway API Reference, GetApiKeys.
func (s *Service) GetApiKeys(ctx context.Context, in *api.GetApiKeysInput) (*api.GetApiKeysOutput, error) {
	keep := func(k *api.ApiKey) bool {
		return begins(k.Name, in.NameQuery) && (in.CustomerId == nil || wire.Value(k.CustomerId) == *in.CustomerId)
	}
	out := &api.GetApiKeysOutput{}
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		out.Items, out.Position, err = record.Pick(tx, in.Limit, in.Position, keep, keys(), record.Home(ctx))
		return err
	})
	for i := range out.Items {
		out.Items[i] = shown(out.Items[i], in.IncludeValues)
	}
	return out, err
}
