package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/apigateway/patch"
	"maru.dev/maru/service/apigateway/record"
	"maru.dev/maru/wire"
)

// UpdateResource renames a resource, or moves it with all below it.
//
// Spec: API Gateway API Reference, UpdateResource.
func (s *Service) UpdateResource(ctx context.Context, in *api.UpdateResourceInput) (*api.UpdateResourceOutput, error) {
	var out api.Resource
	at := record.Home(ctx)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		all, err := loadTree(tx, at, in.RestApiId)
		if err != nil {
			return err
		}
		r := all.at(in.ResourceId)
		if r == nil {
			return notFound("Invalid Resource identifier specified")
		}
		if err := all.patch(r, in.PatchOperations); err != nil {
			return err
		}
		for _, moved := range all.below(r) {
			if err := resources().Put(tx, *moved, at, in.RestApiId, *moved.Id); err != nil {
				return err
			}
		}
		out = *r
		if err := addMethods(tx, at, in.RestApiId, &out, nil); err != nil {
			return err
		}
		return index().Touch(tx, in.RestApiId)
	})
	return &out, err
}

// patch updates a resource of the tree, and the paths of those below it.
func (t tree) patch(r *api.Resource, operations []api.PatchOperation) error {
	rules := patch.Rules{
		patch.Replace("/parentId", func(id string) error {
			if r.ParentId == nil {
				return badRequest("Root resource cannot update its parentId.")
			}
			if to := t.at(id); to != nil && t.isBelow(to, r) {
				return badRequest("Resources cannot be cyclical.")
			}
			r.ParentId = &id
			return t.check(r)
		}),
		patch.Replace("/pathPart", func(part string) error {
			if r.ParentId == nil {
				return badRequest("Root resource cannot update its pathPart.")
			}
			r.PathPart = &part
			return t.check(r)
		}),
	}
	if err := rules.Apply(operations); err != nil {
		return err
	}
	t.place(r)
	return nil
}

// isBelow tells whether r is top, or somewhere below it.
func (t tree) isBelow(r, top *api.Resource) bool {
	for ; r != nil; r = t.at(wire.Value(r.ParentId)) {
		if *r.Id == *top.Id {
			return true
		}
	}
	return false
}
