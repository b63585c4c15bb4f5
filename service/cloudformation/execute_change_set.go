package cloudformation

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/cloudformation"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/cloudformation/template"
	"maru.dev/maru/wire"
)

// ExecuteChangeSet begins to make the change that a change set describes. The
// stack's other change sets are then out of date, and go.
//
// Spec: CloudFormation API Reference, ExecuteChangeSet.
func (s *Service) ExecuteChangeSet(ctx context.Context, in *api.ExecuteChangeSetInput) (*api.ExecuteChangeSetOutput, error) {
	h := homeOf(ctx)
	c, p, err := s.readChange(ctx, h, in)
	if err != nil {
		return nil, err
	}
	op := s.newOperation(ctx, "update", wire.Value(in.ClientRequestToken))
	op.TargetConf, op.ChangeSetID = c.Settings, c.ARN
	if in.DisableRollback != nil {
		op.TargetConf.DisableRollback = *in.DisableRollback
	}
	op.TargetConf.RetainOnCreate = flag(in.RetainExceptOnCreate)
	var began string
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		target := *op
		st, ok, err := kv.Get[stack](tx, h.stackKey(c.StackID))
		if err != nil || !ok {
			return noStack(c.StackName)
		}
		row, ok, err := kv.Get[changeSet](tx, h.changeSetKey(c.StackID, c.Name))
		if err != nil || !ok || row.Execution != executeAvailable {
			return executable(&row, c.ARN)
		}
		began = st.ARN
		if err := s.claimChange(tx, h, &row); err != nil {
			return err
		}
		if st.Status == reviewInProgress {
			target.Kind = "create"
			return s.startCreate(tx, h, &st, &target, p)
		}
		if err := st.updatable(); err != nil {
			return err
		}
		target.Target, target.Policy = c.Deployment, st.Policy
		resources, err := loadResources(tx, h, st.ID)
		if err != nil {
			return err
		}
		if err := target.spares(resources, p.needs); err != nil {
			return err
		}
		st.Updated = target.Began
		if err := s.tell(tx, h, &st, &target).stack(updateInProgress, "User Initiated"); err != nil {
			return err
		}
		return s.begin(tx, h, &st, &target, planApply(p.needs))
	})
	if err != nil {
		return nil, err
	}
	s.linger(ctx, h, &stack{ID: c.StackID, ARN: began}, op)
	return &api.ExecuteChangeSetOutput{}, nil
}

// executable refuses a change set that cannot be executed (any more).
func executable(c *changeSet, arn string) error {
	if c.Execution == executeAvailable {
		return nil
	}
	status := c.Execution
	if status == "" {
		status = executeObsolete
	}
	return &api.InvalidChangeSetStatusException{
		Message: fmt.Sprintf("ChangeSet [%s] cannot be executed in its current status of [%s]", arn, statusOf(c, status)),
	}
}

// statusOf is the status that a refusal names.
func statusOf(c *changeSet, execution string) string {
	if c.Status == changeFailed {
		return c.Status
	}
	return execution
}

// claimChange marks a change set as executed, and drops the others.
func (s *Service) claimChange(tx *kv.Tx, h home, c *changeSet) error {
	if err := tx.DeleteRange(kv.Prefix(h.changeSetsOf(c.StackID))); err != nil {
		return err
	}
	c.Execution = executeComplete
	return kv.Put(tx, h.changeSetKey(c.StackID, c.Name), *c)
}

// readChange reads a change set with its template, ready to be made.
func (s *Service) readChange(ctx context.Context, h home, in *api.ExecuteChangeSetInput) (*changeSet, *prepared, error) {
	var c *changeSet
	var texts stored
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		if c, err = mustChangeSet(tx, h, wire.Value(in.StackName), in.ChangeSetName); err != nil {
			return err
		}
		if err := executable(c, c.ARN); err != nil {
			return err
		}
		texts, err = getText(tx, h, c.StackID, c.Deployment.Text)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	tree, err := template.Reread([]byte(texts.Processed))
	if err != nil {
		return nil, nil, err
	}
	t, err := template.New(tree)
	if err != nil {
		return nil, nil, err
	}
	p := &prepared{texts: texts, template: t, deployment: c.Deployment}
	p.needs, err = t.Dependencies(c.Deployment.Conditions)
	return c, p, err
}
