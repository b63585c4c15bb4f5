package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/apigateway/record"
)

// DeleteMethod removes a method with its responses and its integration.
//
// Spec: API Gateway API Reference, DeleteMethod.
func (s *Service) DeleteMethod(ctx context.Context, in *api.DeleteMethodInput) (*api.DeleteMethodOutput, error) {
	o, at := of{in.RestApiId, in.ResourceId, in.HttpMethod}, record.Home(ctx)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, err := o.load(tx, at); err != nil {
			return err
		}
		if err := methods().Delete(tx, at, o.api, o.resource, o.verb); err != nil {
			return err
		}
		return index().Touch(tx, o.api)
	})
	return &api.DeleteMethodOutput{}, err
}
