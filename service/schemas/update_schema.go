package schemas

import (
	"context"

	api "maru.dev/maru/api/schemas"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// UpdateSchema changes a schema's description, and gives it another version when
// its content changes.
//
// Spec: EventBridge Schemas API Reference, UpdateSchema.
func (s *Service) UpdateSchema(ctx context.Context, in *api.UpdateSchemaInput) (*api.UpdateSchemaOutput, error) {
	h, now := homeOf(ctx), s.now()
	var sc schema
	var v version
	err := s.Store.Update(ctx, func(tx *kv.Tx) (err error) {
		if err := own(in.RegistryName); err != nil {
			return err
		}
		if sc, err = loadSchema(tx, h, in.RegistryName, in.SchemaName); err != nil {
			return err
		}
		if v, err = loadVersion(tx, h, &sc, nil); err != nil {
			return err
		}
		if in.ClientTokenId != nil && *in.ClientTokenId == sc.Token {
			return nil // the same request again
		}
		sc.Token = wire.Value(in.ClientTokenId)
		if in.Description != nil {
			sc.Description = *in.Description
		}
		next := v
		if in.Type != nil {
			next.Type = *in.Type
		}
		if in.Content != nil {
			next.Content = *in.Content
		}
		if next == v {
			sc.Modified = now
			return kv.Put(tx, h.schemaKey(sc.Registry, sc.Name), sc)
		}
		if err := checkContent(next.Type, next.Content); err != nil {
			return err
		}
		sc.Found = nil // it is no longer only what was seen
		if err := s.publish(tx, h, &sc, next.Type, next.Content, now); err != nil {
			return err
		}
		v = version{N: sc.Newest, Type: next.Type, Created: now}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdateSchemaOutput{
		Description: wire.Optional(sc.Description), LastModified: &sc.Modified, SchemaArn: new(sc.arn(h)), SchemaName: &sc.Name,
		SchemaVersion: v.number(), Tags: sc.Tags, Type: &v.Type, VersionCreatedDate: &v.Created,
	}, nil
}
