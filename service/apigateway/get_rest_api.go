package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/record"
)

// GetRestApi returns an API.
//
// Spec: API Gateway API Reference, GetRestApi.
func (s *Service) GetRestApi(ctx context.Context, in *api.GetRestApiInput) (out *api.GetRestApiOutput, err error) {
	err = s.view(ctx, in.RestApiId, func(_ *kv.Tx, _ service.Home, a *apiRecord) error {
		out = shown(&a.API)
		return nil
	})
	return out, err
}

// GetRestApis lists the APIs of a region.
//
// Spec: API Gateway API Reference, GetRestApis.
func (s *Service) GetRestApis(ctx context.Context, in *api.GetRestApisInput) (*api.GetRestApisOutput, error) {
	out := &api.GetRestApisOutput{}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		list, next, err := record.Page(tx, in.Limit, in.Position, apis(), record.Home(ctx))
		if err != nil {
			return err
		}
		out.Items, out.Position = make([]api.RestApi, len(list)), next
		for i := range list {
			out.Items[i] = *shown(&list[i].API)
		}
		return nil
	})
	return out, err
}
