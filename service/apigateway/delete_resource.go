package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/apigateway/record"
)

// DeleteResource removes a resource with its methods, and all below it.
//
// Spec: API Gateway API Reference, DeleteResource.
func (s *Service) DeleteResource(ctx context.Context, in *api.DeleteResourceInput) (*api.DeleteResourceOutput, error) {
	at := record.Home(ctx)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		all, err := loadTree(tx, at, in.RestApiId)
		if err != nil {
			return err
		}
		top := all.at(in.ResourceId)
		switch {
		case top == nil:
			return notFound("Invalid Resource identifier specified")
		case top.ParentId == nil:
			return badRequest("Root resource cannot be deleted.")
		}
		for _, r := range all.below(top) {
			if err := methods().Drop(tx, at, in.RestApiId, *r.Id); err != nil {
				return err
			}
			if err := resources().Delete(tx, at, in.RestApiId, *r.Id); err != nil {
				return err
			}
		}
		return index().Touch(tx, in.RestApiId)
	})
	return &api.DeleteResourceOutput{}, err
}
