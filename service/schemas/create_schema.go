package schemas

import (
	"context"
	"encoding/json"
	"strings"

	api "maru.dev/maru/api/schemas"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// CreateSchema makes a schema with its first version.
//
// Spec: EventBridge Schemas API Reference, CreateSchema.
func (s *Service) CreateSchema(ctx context.Context, in *api.CreateSchemaInput) (*api.CreateSchemaOutput, error) {
	h, now := homeOf(ctx), s.now()
	if err := checkName(schemaNames, "Schema", in.SchemaName); err != nil {
		return nil, err
	}
	if err := checkContent(in.Type, in.Content); err != nil {
		return nil, err
	}
	if len(in.Tags) > maxTags {
		return nil, tooManyTags()
	}
	var sc schema
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		sc = schema{Registry: in.RegistryName, Name: in.SchemaName, Description: wire.Value(in.Description), Tags: in.Tags}
		if err := own(sc.Registry); err != nil {
			return err
		}
		if _, err := loadRegistry(tx, h, sc.Registry); err != nil {
			return err
		}
		_, ok, err := tx.Get(h.schemaKey(sc.Registry, sc.Name))
		switch {
		case err != nil:
			return err
		case ok:
			return conflict("Schema with name %s already exists.", sc.Name)
		}
		return s.publish(tx, h, &sc, in.Type, in.Content, now)
	})
	if err != nil {
		return nil, err
	}
	v := version{N: sc.Newest}
	return &api.CreateSchemaOutput{
		Description: wire.Optional(sc.Description), LastModified: &now, SchemaArn: new(sc.arn(h)), SchemaName: &sc.Name,
		SchemaVersion: v.number(), Tags: sc.Tags, Type: &sc.Type, VersionCreatedDate: &now,
	}, nil
}

// checkContent holds a schema's content against what its type asks for.
func checkContent(kind, content string) error {
	var doc map[string]json.RawMessage
	if err := json.Unmarshal([]byte(content), &doc); err != nil {
		return badRequest("The content is not valid JSON: %v", err)
	}
	if doc == nil {
		return badRequest("The content is not a JSON object.")
	}
	var version string
	if kind == api.TypeOpenApi3 && (json.Unmarshal(doc["openapi"], &version) != nil || !strings.HasPrefix(version, "3.")) {
		return badRequest("The content is not a document of OpenAPI 3.")
	}
	return nil
}
