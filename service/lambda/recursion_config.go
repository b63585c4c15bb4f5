package lambda

import (
	"context"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// GetFunctionRecursionConfig returns what a function does about loops.
//
// Spec: Lambda API Reference, GetFunctionRecursionConfig.
func (s *Service) GetFunctionRecursionConfig(ctx context.Context, in *api.GetFunctionRecursionConfigInput) (*api.GetFunctionRecursionConfigOutput, error) {
	out := &api.GetFunctionRecursionConfigOutput{}
	err := s.changeFunction(ctx, in.FunctionName, func(f *function) bool {
		out.RecursiveLoop = new(wire.Or(wire.Optional(f.Recursion), api.RecursiveLoopTerminate))
		return false
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// PutFunctionRecursionConfig sets what a function does about loops. See
// descend.
//
// Spec: Lambda API Reference, PutFunctionRecursionConfig.
func (s *Service) PutFunctionRecursionConfig(ctx context.Context, in *api.PutFunctionRecursionConfigInput) (*api.PutFunctionRecursionConfigOutput, error) {
	err := s.changeFunction(ctx, in.FunctionName, func(f *function) bool {
		f.Recursion = in.RecursiveLoop
		return true
	})
	if err != nil {
		return nil, err
	}
	return &api.PutFunctionRecursionConfigOutput{RecursiveLoop: &in.RecursiveLoop}, nil
}

// changeFunction runs change on a function's row, and stores it when change
// says so.
func (s *Service) changeFunction(ctx context.Context, name string, change func(f *function) (store bool)) error {
	t, err := locateBare(ctx, name)
	if err != nil {
		return err
	}
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		f, err := loadFunction(tx, t)
		if err != nil || !change(f) {
			return err
		}
		return kv.Put(tx, f.functionKey(f.Name), *f)
	})
}
