package schemas

import (
	"context"
	"fmt"
	"slices"
	"time"

	api "maru.dev/maru/api/schemas"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/schemas/bind"
)

// binding is the row of the code in one language of one version of a schema. The
// code itself is written when it is asked for: it follows from the schema.
type binding struct {
	Created  time.Time
	Modified time.Time
}

// checkLanguage refuses what is no language of code bindings.
func checkLanguage(language string) error {
	if !slices.Contains([]string{"Go1", "Java8", "Python36", "TypeScript3"}, language) {
		return badRequest("Language %s is not supported.", language)
	}
	return nil
}

// PutCodeBinding has code written for a version of a schema, the newest unless
// told otherwise.
//
// Spec: EventBridge Schemas API Reference, PutCodeBinding.
func (s *Service) PutCodeBinding(ctx context.Context, in *api.PutCodeBindingInput) (*api.PutCodeBindingOutput, error) {
	if err := checkLanguage(in.Language); err != nil {
		return nil, err
	}
	h, now := homeOf(ctx), s.now()
	out := &api.PutCodeBindingOutput{LastModified: &now, Status: new(api.CodeGenerationStatusCreateComplete)}
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		sc, err := loadSchema(tx, h, in.RegistryName, in.SchemaName)
		if err != nil {
			return err
		}
		v, err := loadVersion(tx, h, &sc, in.SchemaVersion)
		if err != nil {
			return err
		}
		if _, err := bind.Source(in.Language, sc.Name, v.Content); err != nil {
			return badRequest("Code cannot be generated from the schema: %v.", err)
		}
		key := h.bindingKey(sc.Registry, sc.Name, v.N, in.Language)
		b, ok, err := kv.Get[binding](tx, key)
		if err != nil {
			return fmt.Errorf("load code binding: %w", err)
		}
		if !ok {
			b.Created = now
		}
		b.Modified = now
		out.CreationDate, out.SchemaVersion = &b.Created, v.number()
		return kv.Put(tx, key, b)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// binding finds the code binding that a request names, with its schema.
func (s *Service) binding(ctx context.Context, in, name string, number *string, language string) (b binding, v version, err error) {
	if err := checkLanguage(language); err != nil {
		return b, v, err
	}
	h := homeOf(ctx)
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		sc, err := loadSchema(tx, h, in, name)
		if err != nil {
			return err
		}
		if v, err = loadVersion(tx, h, &sc, number); err != nil {
			return err
		}
		var ok bool
		b, ok, err = kv.Get[binding](tx, h.bindingKey(sc.Registry, sc.Name, v.N, language))
		if err == nil && !ok {
			err = notFound("Code binding for schema %s version %d and language %s does not exist.", name, v.N, language)
		}
		return err
	})
	return b, v, err
}

// DescribeCodeBinding tells of the code for a schema in a language.
//
// Spec: EventBridge Schemas API Reference, DescribeCodeBinding.
func (s *Service) DescribeCodeBinding(ctx context.Context, in *api.DescribeCodeBindingInput) (*api.DescribeCodeBindingOutput, error) {
	b, v, err := s.binding(ctx, in.RegistryName, in.SchemaName, in.SchemaVersion, in.Language)
	if err != nil {
		return nil, err
	}
	return &api.DescribeCodeBindingOutput{
		CreationDate: &b.Created, LastModified: &b.Modified, SchemaVersion: v.number(), Status: new(api.CodeGenerationStatusCreateComplete),
	}, nil
}

// GetCodeBindingSource returns the code as a zip file.
//
// Spec: EventBridge Schemas API Reference, GetCodeBindingSource.
func (s *Service) GetCodeBindingSource(ctx context.Context, in *api.GetCodeBindingSourceInput) (*api.GetCodeBindingSourceOutput, error) {
	_, v, err := s.binding(ctx, in.RegistryName, in.SchemaName, in.SchemaVersion, in.Language)
	if err != nil {
		return nil, err
	}
	body, err := bind.Source(in.Language, in.SchemaName, v.Content)
	if err != nil {
		return nil, fmt.Errorf("write code: %w", err)
	}
	return &api.GetCodeBindingSourceOutput{Body: body}, nil
}
