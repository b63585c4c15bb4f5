package cloudformation

import (
	"context"
	"slices"

	api "maru.dev/maru/api/cloudformation"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// CancelUpdateStack stops an update, and rolls it back.
//
// Spec: CloudFormation API Reference, CancelUpdateStack.
func (s *Service) CancelUpdateStack(ctx context.Context, in *api.CancelUpdateStackInput) (*api.CancelUpdateStackOutput, error) {
	h := homeOf(ctx)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		st, err := mustStack(tx, h, in.StackName)
		if err != nil {
			return err
		}
		if st.Status != updateInProgress {
			return invalid("CancelUpdateStack cannot be called from current stack status")
		}
		op, ok, err := kv.Get[operation](tx, h.operationKey(st.ID))
		if err != nil || !ok {
			return err
		}
		sc, err := loadState(tx, h, work{StackID: st.ID, Operation: op.ID})
		if err != nil || sc == nil || sc.op.Failing {
			return err
		}
		sc.op.TargetConf.DisableRollback = false
		return s.abort(tx, sc, "User Initiated")
	})
	if err != nil {
		return nil, err
	}
	return &api.CancelUpdateStackOutput{}, nil
}

// ContinueUpdateRollback goes on with a roll-back that failed.
//
// Spec: CloudFormation API Reference, ContinueUpdateRollback.
func (s *Service) ContinueUpdateRollback(ctx context.Context, in *api.ContinueUpdateRollbackInput) (*api.ContinueUpdateRollbackOutput, error) {
	err := s.revert(ctx, in.StackName, wire.Value(in.ClientRequestToken), func(st *stack, op *operation, resources map[string]*resource) error {
		if st.Status != revertFailed {
			return invalid("Stack:%s is in %s state and can not be rolled back.", st.ARN, st.Status)
		}
		for _, name := range in.ResourcesToSkip {
			r := resources[name]
			if r == nil || r.Status != updateFailed {
				return invalid("The following resource(s) to skip are not in UPDATE_FAILED state: [%s]", name)
			}
			r.Before, r.Touched = nil, false
			op.Skip = append(op.Skip, name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.ContinueUpdateRollbackOutput{}, nil
}

// RollbackStack rolls back an operation that failed and was left as it was.
//
// Spec: CloudFormation API Reference, RollbackStack.
func (s *Service) RollbackStack(ctx context.Context, in *api.RollbackStackInput) (*api.RollbackStackOutput, error) {
	var arn string
	err := s.revert(ctx, in.StackName, wire.Value(in.ClientRequestToken), func(st *stack, op *operation, _ map[string]*resource) error {
		arn = st.ARN
		op.TargetConf.RetainOnCreate = flag(in.RetainExceptOnCreate)
		if !slices.Contains([]string{createFailed, updateFailed}, st.Status) {
			return invalid("Stack:%s is in %s state and can not be rolled back.", st.ARN, st.Status)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.RollbackStackOutput{StackId: &arn}, nil
}

// revert begins a roll-back of what the last operation left.
func (s *Service) revert(ctx context.Context, name, token string, check func(*stack, *operation, map[string]*resource) error) error {
	h := homeOf(ctx)
	fresh := s.newOperation(ctx, "update", token)
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		st, err := mustStack(tx, h, name)
		if err != nil {
			return err
		}
		last, _, err := kv.Get[operation](tx, h.operationKey(st.ID))
		if err != nil {
			return err
		}
		resources, err := loadResources(tx, h, st.ID)
		if err != nil {
			return err
		}
		op := *fresh
		op.Target, op.TargetConf, op.Failing = last.Target, last.TargetConf, true
		if err := check(st, &op, resources); err != nil {
			return err
		}
		for _, skip := range op.Skip {
			if err := kv.Put(tx, h.resourceKey(st.ID, skip), *resources[skip]); err != nil {
				return err
			}
		}
		t := s.tell(tx, h, st, &op)
		if st.Status == createFailed {
			op.Kind, op.Phase = "create", deletePhase
			if err := t.stack(rollbackProgress, "User Initiated"); err != nil {
				return err
			}
			return s.begin(tx, h, st, &op, planDelete(resources))
		}
		op.Phase = revertPhase
		if err := t.stack(revertInProgress, "User Initiated"); err != nil {
			return err
		}
		return s.begin(tx, h, st, &op, planRevert(resources, op.Skip))
	})
}
