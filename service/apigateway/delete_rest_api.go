package apigateway

import (
	"context"
	"slices"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/apigateway/account"
	"maru.dev/maru/service/apigateway/record"
)

// DeleteRestApi removes an API that no domain name leads to, with all that belongs
// to it.
//
// Spec: API Gateway API Reference, DeleteRestApi.
func (s *Service) DeleteRestApi(ctx context.Context, in *api.DeleteRestApiInput) (*api.DeleteRestApiOutput, error) {
	at, id := record.Home(ctx), in.RestApiId
	if err := s.CheckUnmapped(ctx, id, ""); err != nil {
		return nil, err
	}
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, err := apis().Need(tx, at, id); err != nil {
			return err
		}
		if err := account.Forget(tx, at, id, ""); err != nil {
			return err
		}
		now, kept := parts()
		for _, p := range slices.Concat(now, kept, sayings(), []part{stages(), deployments()}) {
			if err := p.Drop(tx, at, id); err != nil {
				return err
			}
		}
		if err := apis().Delete(tx, at, id); err != nil {
			return err
		}
		return index().Delete(tx, id)
	})
	return &api.DeleteRestApiOutput{}, err
}
