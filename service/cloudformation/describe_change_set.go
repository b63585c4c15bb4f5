package cloudformation

import (
	"context"
	"encoding/json"
	"fmt"

	api "maru.dev/maru/api/cloudformation"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// DescribeChangeSet tells what a change set would change.
//
// Spec: CloudFormation API Reference, DescribeChangeSet.
func (s *Service) DescribeChangeSet(ctx context.Context, in *api.DescribeChangeSetInput) (*api.DescribeChangeSetOutput, error) {
	h := homeOf(ctx)
	var c *changeSet
	var st stack
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		if c, err = mustChangeSet(tx, h, wire.Value(in.StackName), in.ChangeSetName); err != nil {
			return err
		}
		st, _, err = kv.Get[stack](tx, h.stackKey(c.StackID))
		return err
	})
	if err != nil {
		return nil, err
	}
	var all []api.Change
	if len(c.Changes) > 0 {
		if err := json.Unmarshal(c.Changes, &all); err != nil {
			return nil, fmt.Errorf("decode changes: %w", err)
		}
	}
	all, next, err := page(all, in.NextToken, "DescribeChangeSet", c.ARN)
	if err != nil {
		return nil, err
	}
	if all == nil {
		all = []api.Change{}
	}
	return &api.DescribeChangeSetOutput{
		ChangeSetName: &c.Name, ChangeSetId: &c.ARN, StackId: &st.ARN, StackName: &c.StackName, Description: wire.Optional(c.Description),
		Parameters: parametersOf(&c.Deployment), CreationTime: &c.Created, ExecutionStatus: &c.Execution, Status: &c.Status,
		StatusReason: wire.Optional(c.Reason), NotificationARNs: c.Settings.NotificationARNs, Capabilities: c.Deployment.Capabilities,
		RollbackConfiguration: rollbackConfiguration(&c.Settings), Tags: apiTags(c.Deployment.Tags), Changes: all, NextToken: next,
		IncludeNestedStacks: &c.IncludeNestedStacks, OnStackFailure: wire.Optional(c.OnStackFailure),
	}, nil
}

// ListChangeSets lists the change sets of a stack.
//
// Spec: CloudFormation API Reference, ListChangeSets.
func (s *Service) ListChangeSets(ctx context.Context, in *api.ListChangeSetsInput) (*api.ListChangeSetsOutput, error) {
	h := homeOf(ctx)
	var st *stack
	var all []changeSet
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		if st, err = mustStack(tx, h, in.StackName); err != nil {
			return err
		}
		for row, err := range kv.Scan[changeSet](tx, kv.Prefix(h.changeSetsOf(st.ID))) {
			if err != nil {
				return err
			}
			all = append(all, row.Value)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	all, next, err := page(all, in.NextToken, "ListChangeSets", st.ID)
	if err != nil {
		return nil, err
	}
	out := &api.ListChangeSetsOutput{NextToken: next, Summaries: []api.ChangeSetSummary{}}
	for i := range all {
		c := &all[i]
		out.Summaries = append(out.Summaries, api.ChangeSetSummary{
			StackId: &st.ARN, StackName: &st.Name, ChangeSetId: &c.ARN, ChangeSetName: &c.Name, ExecutionStatus: &c.Execution,
			Status: &c.Status, StatusReason: wire.Optional(c.Reason), CreationTime: &c.Created, Description: wire.Optional(c.Description),
			IncludeNestedStacks: &c.IncludeNestedStacks,
		})
	}
	return out, nil
}

// DeleteChangeSet removes a change set. One that does not exist is removed
// already, as long as its stack is there.
//
// Spec: CloudFormation API Reference, DeleteChangeSet.
func (s *Service) DeleteChangeSet(ctx context.Context, in *api.DeleteChangeSetInput) (*api.DeleteChangeSetOutput, error) {
	h := homeOf(ctx)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		c, err := mustChangeSet(tx, h, wire.Value(in.StackName), in.ChangeSetName)
		if _, missing := err.(*api.ChangeSetNotFoundException); missing { //nolint:errorlint // as mustChangeSet makes it
			return nil
		}
		if err != nil {
			return err
		}
		if c.Execution == executeInProgress {
			return &api.InvalidChangeSetStatusException{Message: "ChangeSet [" + c.ARN + "] cannot be deleted in its current execution status of [EXECUTE_IN_PROGRESS]"}
		}
		return tx.Delete(h.changeSetKey(c.StackID, c.Name))
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteChangeSetOutput{}, nil
}
