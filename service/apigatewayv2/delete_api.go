package apigatewayv2

import (
	"context"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// DeleteApi removes an API with all that belongs to it. An API that a domain
// name leads to stays.
//
// Spec: API Gateway V2 API Reference, DeleteApi.
func (s *Service) DeleteApi(ctx context.Context, in *api.DeleteApiInput) (*api.DeleteApiOutput, error) {
	h := homeOf(call.From(ctx))
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, err := apis().Need(tx, h, in.ApiId); err != nil {
			return err
		}
		if err := checkUnmapped(tx, h, in.ApiId, ""); err != nil {
			return err
		}
		for _, p := range ofAPI() {
			if err := p.Drop(tx, h, in.ApiId); err != nil {
				return err
			}
		}
		if err := apis().Delete(tx, h, in.ApiId); err != nil {
			return err
		}
		return index().Delete(tx, in.ApiId)
	})
	return &api.DeleteApiOutput{}, err
}

// checkUnmapped refuses to remove an API, or a stage of it, while domain names
// lead there.
func checkUnmapped(tx *kv.Tx, h service.Home, apiID, stage string) error {
	list, err := mappings().All(tx, h)
	if err != nil {
		return err
	}
	for _, m := range list {
		if m.ApiId == apiID && (stage == "" || m.Stage == stage) {
			return badRequest("Deleting stage or API is not allowed while it is mapped to a domain name. Remove all API mappings related to it first")
		}
	}
	return nil
}
