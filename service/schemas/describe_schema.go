package schemas

import (
	"context"

	api "maru.dev/maru/api/schemas"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/schemas/infer"
	"maru.dev/maru/wire"
)

// find reads a schema and one of its versions.
func (s *Service) find(ctx context.Context, in, name string, asked *string) (sc schema, v version, err error) {
	h := homeOf(ctx)
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		if sc, err = loadSchema(tx, h, in, name); err != nil {
			return err
		}
		v, err = loadVersion(tx, h, &sc, asked)
		return err
	})
	return sc, v, err
}

// DescribeSchema returns a schema with the content of a version, the newest
// unless told otherwise.
//
// Spec: EventBridge Schemas API Reference, DescribeSchema.
func (s *Service) DescribeSchema(ctx context.Context, in *api.DescribeSchemaInput) (*api.DescribeSchemaOutput, error) {
	sc, v, err := s.find(ctx, in.RegistryName, in.SchemaName, in.SchemaVersion)
	if err != nil {
		return nil, err
	}
	return &api.DescribeSchemaOutput{
		Content: &v.Content, Description: wire.Optional(sc.Description), LastModified: &sc.Modified, SchemaArn: new(sc.arn(homeOf(ctx))),
		SchemaName: &sc.Name, SchemaVersion: v.number(), Tags: sc.Tags, Type: &v.Type, VersionCreatedDate: &v.Created,
	}, nil
}

// ExportSchema returns a version as JSON Schema draft 4.
//
// Spec: EventBridge Schemas API Reference, ExportSchema.
func (s *Service) ExportSchema(ctx context.Context, in *api.ExportSchemaInput) (*api.ExportSchemaOutput, error) {
	if in.Type != api.TypeJSONSchemaDraft4 {
		return nil, badRequest("Schemas can only be exported as %s.", api.TypeJSONSchemaDraft4)
	}
	sc, v, err := s.find(ctx, in.RegistryName, in.SchemaName, in.SchemaVersion)
	if err != nil {
		return nil, err
	}
	content := v.Content
	if v.Type == api.TypeOpenApi3 {
		if content, err = infer.ToJSONSchema(content); err != nil {
			return nil, badRequest("The schema cannot be exported: %v.", err)
		}
	}
	return &api.ExportSchemaOutput{
		Content: &content, SchemaArn: new(sc.arn(homeOf(ctx))), SchemaName: &sc.Name, SchemaVersion: v.number(), Type: &in.Type,
	}, nil
}
