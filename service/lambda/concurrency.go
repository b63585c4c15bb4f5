package lambda

import (
	"context"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// setReserved changes a function's reserved concurrency; nil takes it away.
func (s *Service) setReserved(ctx context.Context, name string, n *int32) error {
	t, err := locateBare(ctx, name)
	if err != nil {
		return err
	}
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		f, err := loadFunction(tx, t)
		if err != nil {
			return err
		}
		sum, err := tx.Count(f.key("r"))
		if err != nil {
			return err
		}
		delta := int64(wire.Value(n)) - int64(wire.Value(f.Reserved))
		if n != nil && accountLimit-(sum+delta) < minUnreserved {
			return invalid("Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [%d].", minUnreserved)
		}
		if err := tx.Add(f.key("r"), delta); err != nil {
			return err
		}
		f.Reserved = n
		return kv.Put(tx, f.functionKey(f.Name), *f)
	})
}

// PutFunctionConcurrency reserves part of the account's concurrency.
//
// Spec: Lambda API Reference, PutFunctionConcurrency.
func (s *Service) PutFunctionConcurrency(ctx context.Context, in *api.PutFunctionConcurrencyInput) (*api.PutFunctionConcurrencyOutput, error) {
	if err := s.setReserved(ctx, in.FunctionName, &in.ReservedConcurrentExecutions); err != nil {
		return nil, err
	}
	return &api.PutFunctionConcurrencyOutput{ReservedConcurrentExecutions: &in.ReservedConcurrentExecutions}, nil
}

// DeleteFunctionConcurrency gives reserved concurrency back.
//
// Spec: Lambda API Reference, DeleteFunctionConcurrency.
func (s *Service) DeleteFunctionConcurrency(ctx context.Context, in *api.DeleteFunctionConcurrencyInput) (*api.DeleteFunctionConcurrencyOutput, error) {
	if err := s.setReserved(ctx, in.FunctionName, nil); err != nil {
		return nil, err
	}
	return &api.DeleteFunctionConcurrencyOutput{}, nil
}

// GetFunctionConcurrency returns reserved concurrency.
//
// Spec: Lambda API Reference, GetFunctionConcurrency.
func (s *Service) GetFunctionConcurrency(ctx context.Context, in *api.GetFunctionConcurrencyInput) (*api.GetFunctionConcurrencyOutput, error) {
	t, err := locateBare(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	out := &api.GetFunctionConcurrencyOutput{}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		f, err := loadFunction(tx, t)
		if err == nil {
			out.ReservedConcurrentExecutions = f.Reserved
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
