package lambda

import (
	"context"
	"fmt"
	"time"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/kv"
)

// provisioned says how many environments of a version, or of what an alias
// stands for, are started before they are needed.
type provisioned struct {
	Qualifier    string
	N            int32
	LastModified time.Time
}

// provisionedKey is the row of a qualifier's provisioned concurrency.
func (h home) provisionedKey(name, qualifier string) kv.Key { return h.key("c", name, qualifier) }

// provisionedIndex is where all accounts' rows are named, for those who start
// environments. Who changes one wakes it.
func provisionedIndex() kv.Key { return kv.NewKey("", "", "lambda", "provisioned") }

// provisionedIndexKey is where provisionedKey is named.
func (h home) provisionedIndexKey(name, qualifier string) kv.Key {
	return provisionedIndex().With(h.Account, h.Region, name, qualifier)
}

// deleteProvisioned removes a qualifier's provisioned concurrency, if it has any.
func deleteProvisioned(tx *kv.Tx, h home, name, qualifier string) error {
	tx.Wake(provisionedIndex())
	if err := tx.Delete(h.provisionedIndexKey(name, qualifier)); err != nil {
		return err
	}
	return tx.Delete(h.provisionedKey(name, qualifier))
}

// locateProvisioned reads which version or alias a request means.
func locateProvisioned(ctx context.Context, name, qualifier string) (target, error) {
	t, err := locate(ctx, name, &qualifier)
	if err == nil && (t.qualifier == latest || t.qualifier == "") {
		err = invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
	}
	return t, err
}

// noProvisioned is the answer where there is none.
func noProvisioned() error {
	return &api.ProvisionedConcurrencyConfigNotFoundException{Type: new("User"), Message: "No Provisioned Concurrency Config found for this function"}
}

// PutProvisionedConcurrencyConfig asks for environments of a version that are
// there before they are needed. When it returns, that is on disk; they start
// right after, here and on every start of the platform.
//
// Spec: Lambda API Reference, PutProvisionedConcurrencyConfig.
func (s *Service) PutProvisionedConcurrencyConfig(ctx context.Context, in *api.PutProvisionedConcurrencyConfigInput) (*api.PutProvisionedConcurrencyConfigOutput, error) {
	t, err := locateProvisioned(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	p := provisioned{Qualifier: t.qualifier, N: in.ProvisionedConcurrentExecutions, LastModified: s.Clock.Now()}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		f, v, err := resolve(tx, t, 1)
		if err != nil {
			return err
		}
		if err := checkProvisioned(tx, f, v, &p); err != nil {
			return err
		}
		tx.Wake(provisionedIndex())
		if err := tx.Put(f.provisionedIndexKey(f.Name, p.Qualifier), []byte{}); err != nil {
			return err
		}
		return kv.Put(tx, f.provisionedKey(f.Name, p.Qualifier), p)
	})
	if err != nil {
		return nil, err
	}
	return &api.PutProvisionedConcurrencyConfigOutput{
		RequestedProvisionedConcurrentExecutions: &p.N, AvailableProvisionedConcurrentExecutions: new(int32(0)),
		AllocatedProvisionedConcurrentExecutions: new(int32(0)), Status: new(api.ProvisionedConcurrencyStatusEnumInProgress),
		LastModified: timeText(p.LastModified),
	}, nil
}

// checkProvisioned holds p, which is for v, against the function's other
// configurations and what is left of its concurrency.
func checkProvisioned(tx *kv.Tx, f *function, v *version, p *provisioned) error {
	total := int64(p.N)
	for row, err := range kv.Scan[provisioned](tx, kv.Prefix(f.key("c", f.Name))) {
		if err != nil {
			return fmt.Errorf("list provisioned concurrency: %w", err)
		}
		other := row.Value
		if other.Qualifier == p.Qualifier {
			continue
		}
		total += int64(other.N)
		_, taken, err := resolve(tx, target{home: f.home, name: f.Name, qualifier: other.Qualifier}, 1)
		if err != nil {
			return err
		}
		if taken.Version == v.Version && isAlias(p.Qualifier) {
			return invalid("Alias can't be used for provisioned concurrency configuration on an already provisioned version")
		}
		if taken.Version == v.Version {
			return invalid("Version can't be used for provisioned concurrency configuration on an already provisioned alias")
		}
	}
	if f.Reserved != nil {
		if total > int64(*f.Reserved) {
			return invalid("Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function")
		}
		return nil
	}
	reserved, err := tx.Count(f.key("r"))
	if err == nil && total > accountLimit-reserved-minUnreserved {
		err = invalid("Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [%d].", accountLimit-reserved-minUnreserved)
	}
	return err
}

// provisionedState is a configuration with what has become of it on this node.
type provisionedState struct {
	allocated int32
	status    string
	reason    *string
}

// stateOf tells how far a configuration is.
func (s *Service) stateOf(f *function, v *version, p provisioned) provisionedState {
	out := provisionedState{status: api.ProvisionedConcurrencyStatusEnumInProgress}
	if s.pool == nil {
		return provisionedState{status: api.ProvisionedConcurrencyStatusEnumFailed, reason: new(s.poolErr.Error())}
	}
	key := s.unit(f, v).Key
	out.allocated = min(int32(s.pool.Ready(key)), p.N)
	if out.allocated == p.N {
		out.status = api.ProvisionedConcurrencyStatusEnumReady
	} else if why := s.provisions.failure(key); why != "" {
		out.status, out.reason = api.ProvisionedConcurrencyStatusEnumFailed, &why
	}
	return out
}

// GetProvisionedConcurrencyConfig tells how many environments there are of
// those that were asked for.
//
// Spec: Lambda API Reference, GetProvisionedConcurrencyConfig.
func (s *Service) GetProvisionedConcurrencyConfig(ctx context.Context, in *api.GetProvisionedConcurrencyConfigInput) (*api.GetProvisionedConcurrencyConfigOutput, error) {
	t, err := locateProvisioned(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	var out *api.GetProvisionedConcurrencyConfigOutput
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		f, v, err := resolve(tx, t, 1)
		if err != nil {
			return err
		}
		p, ok, err := kv.Get[provisioned](tx, f.provisionedKey(f.Name, t.qualifier))
		if err != nil {
			return fmt.Errorf("load provisioned concurrency: %w", err)
		}
		if !ok {
			return noProvisioned()
		}
		state := s.stateOf(f, v, p)
		out = &api.GetProvisionedConcurrencyConfigOutput{
			RequestedProvisionedConcurrentExecutions: &p.N, AvailableProvisionedConcurrentExecutions: &state.allocated,
			AllocatedProvisionedConcurrentExecutions: &state.allocated, Status: &state.status, StatusReason: state.reason,
			LastModified: timeText(p.LastModified),
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeleteProvisionedConcurrencyConfig leaves a version's environments to the
// need for them.
//
// Spec: Lambda API Reference, DeleteProvisionedConcurrencyConfig.
func (s *Service) DeleteProvisionedConcurrencyConfig(ctx context.Context, in *api.DeleteProvisionedConcurrencyConfigInput) (*api.DeleteProvisionedConcurrencyConfigOutput, error) {
	t, err := locateProvisioned(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		f, _, err := resolve(tx, t, 1)
		if err != nil {
			return err
		}
		return deleteProvisioned(tx, f.home, f.Name, t.qualifier)
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteProvisionedConcurrencyConfigOutput{}, nil
}

// ListProvisionedConcurrencyConfigs returns a function's configurations by
// qualifier.
//
// Spec: Lambda API Reference, ListProvisionedConcurrencyConfigs.
func (s *Service) ListProvisionedConcurrencyConfigs(ctx context.Context, in *api.ListProvisionedConcurrencyConfigsInput) (*api.ListProvisionedConcurrencyConfigsOutput, error) {
	type entry struct {
		function *function
		row      provisioned
	}
	var all []entry
	next, err := listOwned(ctx, s, in.FunctionName, "c", in.Marker, in.MaxItems, func(f *function, p provisioned) {
		all = append(all, entry{f, p})
	})
	if err != nil {
		return nil, err
	}
	out := &api.ListProvisionedConcurrencyConfigsOutput{ProvisionedConcurrencyConfigs: []api.ProvisionedConcurrencyConfigListItem{}, NextMarker: next}
	for _, e := range all {
		var v *version
		err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
			_, v, err = resolve(tx, target{home: e.function.home, name: e.function.Name, qualifier: e.row.Qualifier}, 1)
			return err
		})
		if err != nil {
			return nil, err
		}
		state := s.stateOf(e.function, v, e.row)
		out.ProvisionedConcurrencyConfigs = append(out.ProvisionedConcurrencyConfigs, api.ProvisionedConcurrencyConfigListItem{
			FunctionArn:                              new(e.function.functionARN(e.function.Name, e.row.Qualifier)),
			RequestedProvisionedConcurrentExecutions: &e.row.N, AvailableProvisionedConcurrentExecutions: &state.allocated,
			AllocatedProvisionedConcurrentExecutions: &state.allocated, Status: &state.status, StatusReason: state.reason,
			LastModified: timeText(e.row.LastModified),
		})
	}
	return out, nil
}
