package apigatewayv2

import (
	"context"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// GetApi returns an API.
//
// Spec: API Gateway V2 API Reference, GetApi.
func (s *Service) GetApi(ctx context.Context, in *api.GetApiInput) (out *api.GetApiOutput, err error) {
	err = s.view(ctx, in.ApiId, func(_ *kv.Tx, h service.Home, a *apiRecord) error {
		out = apiOutput(s.shown(ctx, h, a))
		return nil
	})
	return out, err
}

// GetApis lists the APIs of an account and region.
//
// Spec: API Gateway V2 API Reference, GetApis.
func (s *Service) GetApis(ctx context.Context, in *api.GetApisInput) (*api.GetApisOutput, error) {
	p, err := newPaging(in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	h := homeOf(call.From(ctx))
	out := &api.GetApisOutput{}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		list, next, err := page(tx, p, apis(), h)
		out.Items = converted(list, func(a apiRecord) api.Api { return s.shown(ctx, h, &a) })
		out.NextToken = next
		return err
	})
	return out, err
}
