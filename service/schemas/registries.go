package schemas

import (
	"context"
	"slices"
	"strings"

	api "maru.dev/maru/api/schemas"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// CreateRegistry makes a registry.
//
// Spec: EventBridge Schemas API Reference, CreateRegistry.
func (s *Service) CreateRegistry(ctx context.Context, in *api.CreateRegistryInput) (*api.CreateRegistryOutput, error) {
	h := homeOf(ctx)
	if err := checkName(registryNames, "Registry", in.RegistryName); err != nil {
		return nil, err
	}
	if len(in.Tags) > maxTags {
		return nil, tooManyTags()
	}
	r := registry{Name: in.RegistryName, Description: wire.Value(in.Description), Tags: in.Tags}
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		_, ok, err := tx.Get(h.registryKey(r.Name))
		switch {
		case err != nil:
			return err
		case ok || r.Name == discoveredRegistry:
			return conflict("Registry with name %s already exists.", r.Name)
		}
		return kv.Put(tx, h.registryKey(r.Name), r)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateRegistryOutput{
		Description: wire.Optional(r.Description), RegistryArn: new(h.registryARN(r.Name)), RegistryName: &r.Name, Tags: r.Tags,
	}, nil
}

// UpdateRegistry changes a registry's description.
//
// Spec: EventBridge Schemas API Reference, UpdateRegistry.
func (s *Service) UpdateRegistry(ctx context.Context, in *api.UpdateRegistryInput) (*api.UpdateRegistryOutput, error) {
	h := homeOf(ctx)
	var r registry
	err := s.Store.Update(ctx, func(tx *kv.Tx) (err error) {
		if err := own(in.RegistryName); err != nil {
			return err
		}
		if r, err = loadRegistry(tx, h, in.RegistryName); err != nil {
			return err
		}
		if in.Description != nil {
			r.Description = *in.Description
		}
		return kv.Put(tx, h.registryKey(r.Name), r)
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdateRegistryOutput{
		Description: wire.Optional(r.Description), RegistryArn: new(h.registryARN(r.Name)), RegistryName: &r.Name, Tags: r.Tags,
	}, nil
}

// DescribeRegistry returns a registry.
//
// Spec: EventBridge Schemas API Reference, DescribeRegistry.
func (s *Service) DescribeRegistry(ctx context.Context, in *api.DescribeRegistryInput) (*api.DescribeRegistryOutput, error) {
	h := homeOf(ctx)
	var r registry
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		r, err = loadRegistry(tx, h, in.RegistryName)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.DescribeRegistryOutput{
		Description: wire.Optional(r.Description), RegistryArn: new(h.registryARN(r.Name)), RegistryName: &r.Name, Tags: r.Tags,
	}, nil
}

// DeleteRegistry removes a registry that holds no schema.
//
// Spec: EventBridge Schemas API Reference, DeleteRegistry.
func (s *Service) DeleteRegistry(ctx context.Context, in *api.DeleteRegistryInput) (*api.DeleteRegistryOutput, error) {
	h := homeOf(ctx)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		if in.RegistryName == awsRegistry || in.RegistryName == discoveredRegistry {
			return &api.ForbiddenException{Code: "Forbidden", Message: "Registry " + in.RegistryName + " cannot be deleted."}
		}
		if _, err := loadRegistry(tx, h, in.RegistryName); err != nil {
			return err
		}
		for _, err := range tx.Scan(kv.Prefix(h.key("s", in.RegistryName))) {
			if err != nil {
				return err
			}
			return badRequest("Registry %s is not empty.", in.RegistryName)
		}
		return tx.Delete(h.registryKey(in.RegistryName))
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteRegistryOutput{}, nil
}

// ListRegistries returns registries by name, a page at a time.
//
// Spec: EventBridge Schemas API Reference, ListRegistries.
func (s *Service) ListRegistries(ctx context.Context, in *api.ListRegistriesInput) (*api.ListRegistriesOutput, error) {
	h := homeOf(ctx)
	p, err := newPage(h.key("r"), in.Limit, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.ListRegistriesOutput{}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		all := map[string]registry{awsRegistry: {Name: awsRegistry}, discoveredRegistry: {Name: discoveredRegistry}}
		names := []string{awsRegistry, discoveredRegistry}
		for row, err := range kv.Scan[registry](tx, kv.Prefix(h.key("r"))) {
			if err != nil {
				return err
			}
			if _, ok := all[row.Value.Name]; !ok {
				names = append(names, row.Value.Name)
			}
			all[row.Value.Name] = row.Value
		}
		slices.Sort(names)
		out.Registries, p.next = []api.RegistrySummary{}, nil
		last := ""
		for _, name := range names {
			scope := "LOCAL"
			if name == awsRegistry {
				scope = "AWS"
			}
			if name <= p.after || !strings.HasPrefix(name, wire.Value(in.RegistryNamePrefix)) || in.Scope != nil && !strings.EqualFold(*in.Scope, scope) {
				continue
			}
			if !p.take(len(out.Registries), last) {
				break
			}
			last = name
			out.Registries = append(out.Registries, api.RegistrySummary{
				RegistryArn: new(h.registryARN(name)), RegistryName: &name, Tags: all[name].Tags,
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
