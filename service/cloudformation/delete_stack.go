package cloudformation

import (
	"context"
	"slices"
	"strings"

	api "maru.dev/maru/api/cloudformation"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// DeleteStack begins to remove a stack. One that does not exist is removed
// already.
//
// Spec: CloudFormation API Reference, DeleteStack.
func (s *Service) DeleteStack(ctx context.Context, in *api.DeleteStackInput) (*api.DeleteStackOutput, error) {
	h := homeOf(ctx)
	op := s.newOperation(ctx, "delete", wire.Value(in.ClientRequestToken))
	op.Phase, op.Retain = deletePhase, in.RetainResources
	op.Force = wire.Value(in.DeletionMode) == "FORCE_DELETE_STACK"
	var doomed *stack
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		doomed = nil
		st, ok, err := findStack(tx, h, in.StackName)
		if err != nil || !ok || st.Status == deleteComplete || st.Status == deleteInProgress {
			return err
		}
		if st.Protected {
			return invalid("Stack [%s] cannot be deleted while TerminationProtection is enabled", st.Name)
		}
		if op.Force && st.Status != deleteFailed {
			return invalid("DeletionMode FORCE_DELETE_STACK can only be specified when stack is in DELETE_FAILED state")
		}
		if len(in.RetainResources) > 0 && st.Status != deleteFailed {
			return invalid("Invalid operation on stack [%s]. RetainResources can only be specified when stack is in DELETE_FAILED state", st.ARN)
		}
		target := *op
		doomed = st
		return s.startDelete(tx, h, st, &target)
	})
	if err != nil {
		return nil, err
	}
	if doomed != nil {
		s.linger(ctx, h, doomed, op)
	}
	return &api.DeleteStackOutput{}, nil
}

// startDelete writes the operation that removes a stack. One that is being
// made is stopped first.
func (s *Service) startDelete(tx *kv.Tx, h home, st *stack, op *operation) error {
	if st.Status == createInProgress {
		return s.deleteCreating(tx, h, st)
	}
	if st.busy() {
		return invalid("Stack [%s] cannot be deleted while in status %s", st.ARN, st.Status)
	}
	op.TargetConf, op.Target = st.Settings, st.Deployment
	op.TargetConf.TimeoutMinutes = 0
	t := s.tell(tx, h, st, op)
	if err := t.stack(deleteInProgress, "User Initiated"); err != nil {
		return err
	}
	for _, o := range st.Outputs {
		if o.Export == "" {
			continue
		}
		users, err := importers(tx, h, o.Export)
		if err != nil {
			return err
		}
		users = slices.DeleteFunc(users, func(u string) bool { return u == st.Name })
		if len(users) > 0 {
			if err := t.stack(deleteFailed, "Export "+o.Export+" cannot be deleted as it is in use by "+strings.Join(users, ", ")); err != nil {
				return err
			}
			return kv.Put(tx, h.stackKey(st.ID), *st)
		}
	}
	resources, err := loadResources(tx, h, st.ID)
	if err != nil {
		return err
	}
	return s.begin(tx, h, st, op, planDelete(resources))
}

// deleteCreating turns the creation of a stack into its deletion.
func (s *Service) deleteCreating(tx *kv.Tx, h home, st *stack) error {
	op, ok, err := kv.Get[operation](tx, h.operationKey(st.ID))
	if err != nil || !ok {
		return err
	}
	sc, err := loadState(tx, h, work{StackID: st.ID, Operation: op.ID})
	if err != nil || sc == nil {
		return err
	}
	sc.op.TargetConf.OnFailure, sc.op.TargetConf.DisableRollback = "DELETE", false
	return s.abort(tx, sc, "Stack creation was stopped. ")
}

// loadResources reads the resources of a stack.
func loadResources(tx *kv.Tx, h home, id string) (map[string]*resource, error) {
	out := map[string]*resource{}
	for row, err := range kv.Scan[resource](tx, kv.Prefix(h.resourcesOf(id))) {
		if err != nil {
			return nil, err
		}
		out[row.Value.Logical] = &row.Value
	}
	return out, nil
}
