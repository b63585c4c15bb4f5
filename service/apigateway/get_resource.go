package apigateway

import (
	"context"
	"slices"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/record"
)

// GetResource returns a resource and, if they are to be embedded, its methods
// whole.
//
// Spec: API Gateway API Reference, GetResource.
func (s *Service) GetResource(ctx context.Context, in *api.GetResourceInput) (*api.GetResourceOutput, error) {
	var out api.Resource
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		at := record.Home(ctx)
		if out, err = resources().Need(tx, at, in.RestApiId, in.ResourceId); err != nil {
			return err
		}
		return addMethods(tx, at, in.RestApiId, &out, in.Embed)
	})
	return &out, err
}

// GetResources lists the resources of an API.
//
// Spec: API Gateway API Reference, GetResources.
func (s *Service) GetResources(ctx context.Context, in *api.GetResourcesInput) (*api.GetResourcesOutput, error) {
	out := &api.GetResourcesOutput{}
	err := s.view(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) (err error) {
		if out.Items, out.Position, err = record.Page(tx, in.Limit, in.Position, resources(), at, in.RestApiId); err != nil {
			return err
		}
		for i := range out.Items {
			if err := addMethods(tx, at, in.RestApiId, &out.Items[i], in.Embed); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// addMethods shows a resource's methods: whole where embed asks for them, else
// which there are.
func addMethods(tx *kv.Tx, at service.Home, apiID string, r *api.Resource, embed []string) error {
	list, err := methods().All(tx, at, apiID, *r.Id)
	if err != nil || len(list) == 0 {
		return err
	}
	whole := slices.Contains(embed, "methods")
	for _, m := range list {
		verb := *m.HttpMethod
		if !whole {
			m = api.Method{}
		}
		put(&r.ResourceMethods, verb, m)
	}
	return nil
}
