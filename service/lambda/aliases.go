package lambda

import (
	"context"
	"fmt"
	"strings"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// describe is an alias as clients see it.
func (a *alias) describe(f *function) *api.AliasConfiguration {
	c := &api.AliasConfiguration{
		AliasArn: new(f.functionARN(f.Name, a.Name)), Name: new(a.Name), FunctionVersion: new(a.Version),
		Description: new(a.Description), RevisionId: new(a.Revision),
	}
	if len(a.Weights) > 0 {
		c.RoutingConfig = &api.AliasRoutingConfiguration{AdditionalVersionWeights: a.Weights}
	}
	return c
}

// check says whether an alias points to versions that are there.
func (a *alias) check(tx *kv.Tx, f *function) error {
	if _, err := loadVersion(tx, f, a.Version); err != nil {
		return err
	}
	if len(a.Weights) > 1 {
		return invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
	}
	for v, weight := range a.Weights {
		switch {
		case v == a.Version:
			return invalid("Invalid function version %s. Function version %s is already included in routing configuration.", v, v)
		case v == latest || a.Version == latest:
			return invalid("$LATEST is not supported for an alias pointing to more than 1 version")
		case weight < 0 || weight > 1:
			return invalid("1 validation error detected: Value '{%s=%v}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0]", v, weight)
		}
		if _, err := loadVersion(tx, f, v); err != nil {
			return err
		}
	}
	return nil
}

// aliasOf reads one of a function's aliases, and the function.
func aliasOf(tx *kv.Tx, t target, name string) (*function, *alias, error) {
	f, err := loadFunction(tx, t)
	if err != nil {
		return nil, nil, err
	}
	a, err := loadAlias(tx, f, name)
	return f, a, err
}

// CreateAlias gives a version a name.
//
// Spec: Lambda API Reference, CreateAlias.
func (s *Service) CreateAlias(ctx context.Context, in *api.CreateAliasInput) (*api.CreateAliasOutput, error) {
	t, err := locateBare(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	if strings.Trim(in.Name, "0123456789") == "" {
		return nil, invalid("1 validation error detected: Value '%s' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)", in.Name)
	}
	a := alias{Name: in.Name, Version: in.FunctionVersion, Description: wire.Value(in.Description), Revision: s.newRevision()}
	if in.RoutingConfig != nil {
		a.Weights = in.RoutingConfig.AdditionalVersionWeights
	}
	var out *api.AliasConfiguration
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		f, err := loadFunction(tx, t)
		if err != nil {
			return err
		}
		if _, taken, err := tx.Get(f.aliasKey(f.Name, a.Name)); err != nil || taken {
			if err == nil {
				err = conflict("Alias already exists: %s", f.functionARN(f.Name, a.Name))
			}
			return err
		}
		if err := a.check(tx, f); err != nil {
			return err
		}
		out = a.describe(f)
		return kv.Put(tx, f.aliasKey(f.Name, a.Name), a)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// UpdateAlias changes what a name stands for. Invocations that begin after it
// returns see the change.
//
// Spec: Lambda API Reference, UpdateAlias.
func (s *Service) UpdateAlias(ctx context.Context, in *api.UpdateAliasInput) (*api.UpdateAliasOutput, error) {
	t, err := locateBare(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	var out *api.AliasConfiguration
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		f, a, err := aliasOf(tx, t, in.Name)
		if err != nil {
			return err
		}
		if err := checkRevision(in.RevisionId, a.Revision, "GetFunction/GetAlias"); err != nil {
			return err
		}
		set(&a.Version, in.FunctionVersion)
		set(&a.Description, in.Description)
		if in.RoutingConfig != nil {
			a.Weights = in.RoutingConfig.AdditionalVersionWeights
		}
		a.Revision = s.newRevision()
		if err := a.check(tx, f); err != nil {
			return err
		}
		out = a.describe(f)
		tx.Wake(provisionedIndex())
		return kv.Put(tx, f.aliasKey(f.Name, a.Name), *a)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// GetAlias describes an alias.
//
// Spec: Lambda API Reference, GetAlias.
func (s *Service) GetAlias(ctx context.Context, in *api.GetAliasInput) (*api.GetAliasOutput, error) {
	t, err := locateBare(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	var out *api.AliasConfiguration
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		f, a, err := aliasOf(tx, t, in.Name)
		if err != nil {
			return err
		}
		out = a.describe(f)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeleteAlias removes an alias; one that is not there is no error.
//
// Spec: Lambda API Reference, DeleteAlias.
func (s *Service) DeleteAlias(ctx context.Context, in *api.DeleteAliasInput) (*api.DeleteAliasOutput, error) {
	t, err := locateBare(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		f, err := loadFunction(tx, t)
		if err != nil {
			return err
		}
		if err := deleteQualified(tx, f, in.Name); err != nil {
			return err
		}
		return tx.Delete(f.aliasKey(f.Name, in.Name))
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteAliasOutput{}, nil
}

// ListAliases returns a function's aliases by name, those of one version where
// it is given.
//
// Spec: Lambda API Reference, ListAliases.
func (s *Service) ListAliases(ctx context.Context, in *api.ListAliasesInput) (*api.ListAliasesOutput, error) {
	t, err := locateBare(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	out := &api.ListAliasesOutput{Aliases: []api.AliasConfiguration{}}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		f, err := loadFunction(tx, t)
		if err != nil {
			return err
		}
		p, err := newPage(kv.Prefix(f.key("a", f.Name)), in.Marker, in.MaxItems)
		if err != nil {
			return err
		}
		for row, err := range kv.Scan[alias](tx, p.span) {
			if err != nil {
				return fmt.Errorf("list aliases: %w", err)
			}
			if p.full(len(out.Aliases)) {
				out.NextMarker = p.marker()
				return nil
			}
			p.last = row.Key
			a := row.Value
			_, weighted := a.Weights[wire.Value(in.FunctionVersion)]
			if in.FunctionVersion == nil || a.Version == *in.FunctionVersion || weighted {
				out.Aliases = append(out.Aliases, *a.describe(f))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
