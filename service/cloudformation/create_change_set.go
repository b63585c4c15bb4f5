package cloudformation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	api "maru.dev/maru/api/cloudformation"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// The statuses of change sets.
const (
	changeFailed      = "FAILED"
	executeAvailable  = "AVAILABLE"
	executeUnable     = "UNAVAILABLE"
	executeInProgress = "EXECUTE_IN_PROGRESS"
	executeObsolete   = "OBSOLETE"
)

// noChanges is why a change set fails that would change nothing. The AWS CLI
// looks for these words.
const noChanges = "The submitted information didn't contain changes. Submit different information to create a change set."

// changeSetName is what a change set may be called.
var changeSetName = regexp.MustCompile(`^[a-zA-Z][-a-zA-Z0-9]*$`)

// CreateChangeSet computes what a template would change. It is computed before
// the operation answers; what cannot be computed leaves a change set that says
// why.
//
// Spec: CloudFormation API Reference, CreateChangeSet.
func (s *Service) CreateChangeSet(ctx context.Context, in *api.CreateChangeSetInput) (*api.CreateChangeSetOutput, error) {
	if len(in.ChangeSetName) > 128 || !changeSetName.MatchString(in.ChangeSetName) {
		return nil, invalid("1 validation error detected: Value '%s' at 'changeSetName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*", in.ChangeSetName)
	}
	if len(in.ResourcesToImport) > 0 || wire.Value(in.ChangeSetType) == "IMPORT" {
		return nil, wire.NotImplemented("cloudformation", "CreateChangeSet of type IMPORT")
	}
	h := homeOf(ctx)
	old, err := s.changeBase(ctx, h, in)
	if err != nil {
		return nil, err
	}
	id := s.IDs.UUID()
	c := &changeSet{
		ID: id, Name: in.ChangeSetName, ARN: changeSetARN(ctx, in.ChangeSetName, id), StackID: old.ID, StackName: old.Name,
		Type: "UPDATE", Description: wire.Value(in.Description), Created: s.Clock.Now(), ClientToken: wire.Value(in.ClientToken),
		Status: createComplete, Execution: executeAvailable, Settings: old.Settings, OnStackFailure: wire.Value(in.OnStackFailure),
		IncludeNestedStacks: flag(in.IncludeNestedStacks),
	}
	if old.Status == reviewInProgress {
		c.Type = "CREATE"
	}
	c.settings(in)
	p, err := s.prepareChange(ctx, h, in, old, c)
	if err != nil {
		return nil, err
	}
	if err := s.storeChangeSet(ctx, h, old, c, p); err != nil {
		return nil, err
	}
	return &api.CreateChangeSetOutput{Id: &c.ARN, StackId: &old.ARN}, nil
}

// changeSetARN is the ARN of a change set.
func changeSetARN(ctx context.Context, name, id string) string {
	info := call.From(ctx)
	return "arn:" + partition(info) + ":cloudformation:" + info.Region + ":" + info.Account + ":changeSet/" + name + "/" + id
}

// changeBase finds the stack that a change set is for; for a new stack, one
// that is only to be reviewed.
func (s *Service) changeBase(ctx context.Context, h home, in *api.CreateChangeSetInput) (*stack, error) {
	var st *stack
	var ok bool
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		st, ok, err = findStack(tx, h, in.StackName)
		return err
	})
	if err != nil {
		return nil, err
	}
	switch kind := wire.Value(in.ChangeSetType); {
	case kind == "CREATE" && ok && st.Status != reviewInProgress && st.Status != deleteComplete:
		return nil, invalid("Stack [%s] already exists and cannot be created again with the changeSet [%s].", st.Name, in.ChangeSetName)
	case kind == "CREATE" && (!ok || st.Status == deleteComplete):
		if err := checkName(in.StackName); err != nil {
			return nil, err
		}
		id := s.IDs.UUID()
		return &stack{ID: id, Name: in.StackName, ARN: arnOf(ctx, in.StackName, id), Status: reviewInProgress, Created: s.Clock.Now()}, nil
	case !ok:
		return nil, invalid("Stack [%s] does not exist", in.StackName)
	case kind != "CREATE" && st.Status == reviewInProgress:
		return nil, invalid("Stack [%s] does not exist", in.StackName)
	case st.Status != reviewInProgress && st.updatable() != nil:
		return nil, invalid("Stack:%s is in %s state and can not be updated.", st.ARN, st.Status)
	}
	return st, nil
}

// settings reads how the change is to go.
func (c *changeSet) settings(in *api.CreateChangeSetInput) {
	if in.NotificationARNs != nil {
		c.Settings.NotificationARNs = in.NotificationARNs
	}
	if in.RoleARN != nil {
		c.Settings.RoleARN = *in.RoleARN
	}
	c.Settings.OnFailure, c.Settings.DisableRollback = "", false
	switch c.OnStackFailure {
	case "DO_NOTHING":
		c.Settings.DisableRollback = true
	case "DELETE":
		c.Settings.OnFailure = "DELETE"
	}
	c.Settings.rollback(in.RollbackConfiguration)
}

// prepareChange prepares the template and computes the changes. What AWS finds
// only while it computes, fails the change set, not the request.
func (s *Service) prepareChange(ctx context.Context, h home, in *api.CreateChangeSetInput, old *stack, c *changeSet) (*prepared, error) {
	tags := in.Tags
	if tags == nil {
		tags = apiTags(old.Deployment.Tags)
	}
	var previous *stack
	if c.Type == "UPDATE" {
		previous = old
	}
	p, err := s.prepare(ctx, h, request{
		Body: in.TemplateBody, URL: in.TemplateURL, UsePrevious: flag(in.UsePreviousTemplate), Parameters: in.Parameters, Tags: tags,
		Capabilities: in.Capabilities, Previous: previous, Name: old.Name, ARN: old.ARN, NotifyARNs: c.Settings.NotificationARNs,
	})
	if err != nil {
		fault, ok := errors.AsType[wire.Error](err)
		if !ok || !strings.HasPrefix(fault.ErrorMessage(), "Transform ") && !strings.HasPrefix(fault.ErrorMessage(), "No transform ") {
			return nil, err
		}
		c.fail(fault.ErrorMessage())
		return nil, nil
	}
	c.Deployment = p.deployment
	if need := withoutExpand(p.missing); len(need) > 0 {
		if !p.deployment.Transformed {
			return nil, insufficient(need)
		}
		c.fail("Requires capabilities : [" + strings.Join(need, ", ") + "]")
		return p, nil
	}
	changes, err := s.changes(ctx, h, old, p)
	if err != nil {
		if fault, ok := errors.AsType[wire.Error](err); ok {
			c.fail(fault.ErrorMessage())
			return p, nil
		}
		return nil, err
	}
	if err := s.judge(ctx, h, old, c, p, changes); err != nil {
		return nil, err
	}
	if c.Changes, err = json.Marshal(changes); err != nil {
		return nil, fmt.Errorf("encode changes: %w", err)
	}
	return p, nil
}

// judge fails a change set that would change nothing, outputs included.
func (s *Service) judge(ctx context.Context, h home, old *stack, c *changeSet, p *prepared, changes []api.Change) error {
	if len(changes) > 0 || c.Type == "CREATE" {
		return nil
	}
	same := false
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		was, err := getText(tx, h, old.ID, old.Deployment.Text)
		if err != nil {
			return err
		}
		same = sameDeployment(old, &operation{TargetConf: c.Settings}, was, p)
		return nil
	})
	if same {
		c.fail(noChanges)
	}
	return err
}

// withoutExpand drops the capability that change sets do not need: who looks
// at the change sees what the transforms made.
func withoutExpand(missing []string) []string {
	var out []string
	for _, m := range missing {
		if m != "CAPABILITY_AUTO_EXPAND" {
			out = append(out, m)
		}
	}
	return out
}

// fail marks the change set as one that cannot be executed.
func (c *changeSet) fail(reason string) {
	c.Status, c.Reason, c.Execution = changeFailed, reason, executeUnable
}

// storeChangeSet writes the change set, and a new stack with it.
func (s *Service) storeChangeSet(ctx context.Context, h home, old *stack, c *changeSet, p *prepared) error {
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		row := *c
		st, ok, err := kv.Get[stack](tx, h.stackKey(old.ID))
		if err != nil {
			return err
		}
		if !ok {
			st = *old
			if other, taken, err := findStack(tx, h, old.Name); err != nil || taken {
				if err == nil {
					err = &api.AlreadyExistsException{Message: "Stack [" + other.Name + "] already exists"}
				}
				return err
			}
			if err := kv.Put(tx, h.nameKey(st.Name), st.ID); err != nil {
				return err
			}
			if err := s.tell(tx, h, &st, nil).stack(reviewInProgress, "User Initiated"); err != nil {
				return err
			}
		}
		if was, taken, err := kv.Get[changeSet](tx, h.changeSetKey(st.ID, c.Name)); err != nil {
			return err
		} else if taken && was.Execution != executeComplete {
			return &api.AlreadyExistsException{Message: "ChangeSet " + c.Name + " cannot be created due to a conflict with another ChangeSet with the same name"}
		}
		row.Deployment.Text = st.NextText
		st.NextText++
		texts := stored{}
		if p != nil {
			texts = p.texts
		}
		if err := putText(tx, h, st.ID, row.Deployment.Text, texts); err != nil {
			return err
		}
		if err := kv.Put(tx, h.stackKey(st.ID), st); err != nil {
			return err
		}
		return kv.Put(tx, h.changeSetKey(st.ID, row.Name), row)
	})
}

// executeComplete is the state of a change set whose change was made.
const executeComplete = "EXECUTE_COMPLETE"

// mustChangeSet finds a change set by its ARN, or by its name and its stack.
func mustChangeSet(tx *kv.Tx, h home, stackName, name string) (*changeSet, error) {
	missing := &api.ChangeSetNotFoundException{Message: "ChangeSet [" + name + "] does not exist"}
	if strings.HasPrefix(name, "arn:") {
		for row, err := range kv.Scan[changeSet](tx, kv.Prefix(h.key("c"))) {
			if err != nil {
				return nil, err
			}
			if row.Value.ARN == name {
				return &row.Value, nil
			}
		}
		return nil, missing
	}
	if stackName == "" {
		return nil, invalid("StackName must be specified if ChangeSetName is not specified as an ARN.")
	}
	st, ok, err := findStack(tx, h, stackName)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, invalid("Stack [%s] does not exist", stackName)
	}
	c, ok, err := kv.Get[changeSet](tx, h.changeSetKey(st.ID, name))
	if err != nil || !ok {
		if err == nil {
			err = missing
		}
		return nil, err
	}
	return &c, nil
}

// unknownValue stands in a change set for what is known only afterwards.
const unknownValue = "{{changeSet:KNOWN_AFTER_APPLY}}"
