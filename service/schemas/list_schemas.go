package schemas

import (
	"context"
	"strconv"
	"strings"

	api "maru.dev/maru/api/schemas"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// ListSchemas returns a registry's schemas by name, a page at a time.
//
// Spec: EventBridge Schemas API Reference, ListSchemas.
func (s *Service) ListSchemas(ctx context.Context, in *api.ListSchemasInput) (*api.ListSchemasOutput, error) {
	h := homeOf(ctx)
	p, err := newPage(h.key("s", in.RegistryName), in.Limit, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.ListSchemasOutput{}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		if _, err := loadRegistry(tx, h, in.RegistryName); err != nil {
			return err
		}
		out.Schemas, p.next = []api.SchemaSummary{}, nil
		last := ""
		for sc, err := range schemasIn(tx, h, in.RegistryName, p.after) {
			if err != nil {
				return err
			}
			if !strings.HasPrefix(sc.Name, wire.Value(in.SchemaNamePrefix)) {
				continue
			}
			if !p.take(len(out.Schemas), last) {
				return nil
			}
			last = sc.Name
			out.Schemas = append(out.Schemas, api.SchemaSummary{
				LastModified: &sc.Modified, SchemaArn: new(sc.arn(h)), SchemaName: &sc.Name, Tags: sc.Tags, VersionCount: &sc.Versions,
			})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out.NextToken = p.next
	return out, nil
}

// ListSchemaVersions returns a schema's versions, newest first, a page at a time.
//
// Spec: EventBridge Schemas API Reference, ListSchemaVersions.
func (s *Service) ListSchemaVersions(ctx context.Context, in *api.ListSchemaVersionsInput) (*api.ListSchemaVersionsOutput, error) {
	h := homeOf(ctx)
	p, err := newPage(h.key("v", in.RegistryName, in.SchemaName), in.Limit, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.ListSchemaVersionsOutput{}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		sc, err := loadSchema(tx, h, in.RegistryName, in.SchemaName)
		if err != nil {
			return err
		}
		before, _ := strconv.ParseInt(p.after, 10, 64) // 0 is the first page
		out.SchemaVersions, p.next = []api.SchemaVersionSummary{}, nil
		last := ""
		for v, err := range versionsOf(tx, h, &sc, before) {
			if err != nil {
				return err
			}
			if !p.take(len(out.SchemaVersions), last) {
				return nil
			}
			last = *v.number()
			out.SchemaVersions = append(out.SchemaVersions, api.SchemaVersionSummary{
				SchemaArn: new(sc.arn(h)), SchemaName: &sc.Name, SchemaVersion: v.number(), Type: &v.Type,
			})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out.NextToken = p.next
	return out, nil
}

// SearchSchemas returns the schemas of a registry whose name or content has all
// of the keywords, with the versions that do.
//
// Spec: EventBridge Schemas API Reference, SearchSchemas.
func (s *Service) SearchSchemas(ctx context.Context, in *api.SearchSchemasInput) (*api.SearchSchemasOutput, error) {
	h := homeOf(ctx)
	p, err := newPage(h.key("search", in.RegistryName), in.Limit, in.NextToken)
	if err != nil {
		return nil, err
	}
	words := strings.Fields(strings.ToLower(in.Keywords))
	if len(words) == 0 {
		return nil, badRequest("Keywords must not be empty.")
	}
	out := &api.SearchSchemasOutput{}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		if _, err := loadRegistry(tx, h, in.RegistryName); err != nil {
			return err
		}
		out.Schemas, p.next = []api.SearchSchemaSummary{}, nil
		last := ""
		for sc, err := range schemasIn(tx, h, in.RegistryName, p.after) {
			if err != nil {
				return err
			}
			found, err := searchVersions(tx, h, &sc, words)
			if err != nil {
				return err
			}
			if len(found) == 0 {
				continue
			}
			if !p.take(len(out.Schemas), last) {
				return nil
			}
			last = sc.Name
			out.Schemas = append(out.Schemas, api.SearchSchemaSummary{
				RegistryName: &sc.Registry, SchemaArn: new(sc.arn(h)), SchemaName: &sc.Name, SchemaVersions: found,
			})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out.NextToken = p.next
	return out, nil
}

// searchVersions finds a schema's versions that have all words.
func searchVersions(tx *kv.Tx, h home, sc *schema, words []string) (found []api.SearchSchemaVersionSummary, err error) {
	for v, err := range versionsOf(tx, h, sc, 0) {
		if err != nil {
			return nil, err
		}
		text := strings.ToLower(sc.Name + " " + v.Content)
		has := true
		for _, w := range words {
			has = has && strings.Contains(text, w)
		}
		if has {
			found = append(found, api.SearchSchemaVersionSummary{CreatedDate: &v.Created, SchemaVersion: v.number(), Type: &v.Type})
		}
	}
	return found, nil
}
