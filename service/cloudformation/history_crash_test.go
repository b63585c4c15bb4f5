package cloudformation

import (
	"testing"

	api "maru.dev/maru/api/cloudformation"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

// scenes changes the only stack's row and operation as a stack's work would,
// which these histories leave undone.
func scenes(t *testing.T, st *kv.Store, change func(s *stack, op *operation)) error {
	t.Helper()
	h := home{testenv.Account, testenv.Region}
	return st.Update(t.Context(), func(tx *kv.Tx) error {
		for row, err := range kv.Scan[stack](tx, kv.Prefix(h.key("s"))) {
			if err != nil {
				return err
			}
			op, _, err := kv.Get[operation](tx, h.operationKey(row.Value.ID))
			if err != nil {
				return err
			}
			change(&row.Value, &op)
			if err := kv.Put(tx, row.Key, row.Value); err != nil {
				return err
			}
			if err := kv.Put(tx, h.operationKey(row.Value.ID), op); err != nil {
				return err
			}
		}
		return nil
	})
}

// stands is a change to a status in which no operation is under way.
func stands(status string) func(s *stack, op *operation) {
	return func(s *stack, op *operation) { s.Status, op.Over = status, true }
}

// waits makes the first step of the apply phase one that waits for a signal.
func waits(t *testing.T, st *kv.Store) error {
	t.Helper()
	h := home{testenv.Account, testenv.Region}
	return st.Update(t.Context(), func(tx *kv.Tx) error {
		for row, err := range kv.Scan[step](tx, kv.Prefix(h.key("p"))) {
			if err != nil {
				return err
			}
			var id string
			if err := row.Key.Scan(4, &id); err != nil {
				return err
			}
			op, _, err := kv.Get[operation](tx, h.operationKey(id))
			if err != nil {
				return err
			}
			p := row.Value
			p.State, p.Called, p.Target.Token = running, true, "signalled"
			if err := kv.Put(tx, h.waiterKey("signalled"), waiter{work: work{StackID: id, Operation: op.ID}}); err != nil {
				return err
			}
			return kv.Put(tx, row.Key, p)
		}
		return nil
	})
}

// What is asked of a stack is written in one piece, whatever the stack's work
// is doing: here nobody does it.
func TestRequestsSurviveCrashes(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("operations wait a little for the end of work that nobody does")
	}
	const body = "Resources: {A: {Type: AWS::SQS::Queue}, B: {Type: AWS::SQS::Queue}}"
	ctx := testenv.Context(t.Context(), "http://maru")
	name := new("s")
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		s := newWorld(t, st).cfn
		for _, set := range []string{"one", "two"} {
			h.Did(s.CreateChangeSet(ctx, &api.CreateChangeSetInput{StackName: *name, ChangeSetName: set, ChangeSetType: new("CREATE"), TemplateBody: new(body)}))
		}
		h.Did(s.DeleteChangeSet(ctx, &api.DeleteChangeSetInput{StackName: name, ChangeSetName: "two"}))
		h.Did(s.ExecuteChangeSet(ctx, &api.ExecuteChangeSetInput{StackName: name, ChangeSetName: "one"}))
		h.Did(nil, waits(t, st))
		h.Did(s.SignalResource(ctx, &api.SignalResourceInput{StackName: *name, LogicalResourceId: "A", UniqueId: "u", Status: "SUCCESS"}))
		h.Did(nil, scenes(t, st, stands(createComplete)))
		h.Did(s.SetStackPolicy(ctx, &api.SetStackPolicyInput{StackName: *name, StackPolicyBody: new("{}")}))
		h.Did(s.UpdateTerminationProtection(ctx, &api.UpdateTerminationProtectionInput{StackName: *name, EnableTerminationProtection: true}))
		h.Did(s.UpdateTerminationProtection(ctx, &api.UpdateTerminationProtectionInput{StackName: *name}))
		h.Did(nil, scenes(t, st, func(s *stack, op *operation) { s.Status, op.Kind, op.Over = updateInProgress, "update", false }))
		h.Did(s.CancelUpdateStack(ctx, &api.CancelUpdateStackInput{StackName: *name}))
		h.Did(nil, scenes(t, st, stands(revertFailed)))
		h.Did(s.ContinueUpdateRollback(ctx, &api.ContinueUpdateRollbackInput{StackName: *name}))
		h.Did(nil, scenes(t, st, stands(createFailed)))
		h.Did(s.RollbackStack(ctx, &api.RollbackStackInput{StackName: *name}))
		h.Did(nil, scenes(t, st, stands(createComplete)))
		h.Did(s.DeleteStack(ctx, &api.DeleteStackInput{StackName: *name}))
	})
}
