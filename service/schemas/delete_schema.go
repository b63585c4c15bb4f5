package schemas

import (
	"context"

	api "maru.dev/maru/api/schemas"
	"maru.dev/maru/kv"
)

// DeleteSchema removes a schema with all of its versions.
//
// Spec: EventBridge Schemas API Reference, DeleteSchema.
func (s *Service) DeleteSchema(ctx context.Context, in *api.DeleteSchemaInput) (*api.DeleteSchemaOutput, error) {
	h := homeOf(ctx)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		if err := own(in.RegistryName); err != nil {
			return err
		}
		sc, err := loadSchema(tx, h, in.RegistryName, in.SchemaName)
		if err != nil {
			return err
		}
		for _, folder := range []string{"v", "b"} {
			if err := tx.DeleteRange(kv.Prefix(h.key(folder, sc.Registry, sc.Name))); err != nil {
				return err
			}
		}
		return tx.Delete(h.schemaKey(sc.Registry, sc.Name))
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteSchemaOutput{}, nil
}

// DeleteSchemaVersion removes one version of a schema; with the last one the
// schema goes.
//
// Spec: EventBridge Schemas API Reference, DeleteSchemaVersion.
func (s *Service) DeleteSchemaVersion(ctx context.Context, in *api.DeleteSchemaVersionInput) (*api.DeleteSchemaVersionOutput, error) {
	h := homeOf(ctx)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		if err := own(in.RegistryName); err != nil {
			return err
		}
		sc, err := loadSchema(tx, h, in.RegistryName, in.SchemaName)
		if err != nil {
			return err
		}
		v, err := loadVersion(tx, h, &sc, &in.SchemaVersion)
		if err != nil {
			return err
		}
		if err := tx.Delete(h.versionKey(sc.Registry, sc.Name, v.N)); err != nil {
			return err
		}
		if err := tx.DeleteRange(kv.Prefix(h.key("b", sc.Registry, sc.Name, v.N))); err != nil {
			return err
		}
		sc.Versions--
		if sc.Versions == 0 {
			return tx.Delete(h.schemaKey(sc.Registry, sc.Name))
		}
		if v.N == sc.Newest {
			r := kv.Prefix(h.key("v", sc.Registry, sc.Name))
			r.Reverse, r.Limit = true, 1
			for row, err := range kv.Scan[version](tx, r) {
				if err != nil {
					return err
				}
				sc.Newest, sc.Type = row.Value.N, row.Value.Type
			}
		}
		return kv.Put(tx, h.schemaKey(sc.Registry, sc.Name), sc)
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteSchemaVersionOutput{}, nil
}
