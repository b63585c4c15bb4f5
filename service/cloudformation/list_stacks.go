package cloudformation

import (
	"context"
	"slices"

	api "maru.dev/maru/api/cloudformation"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// ListStacks lists stacks, deleted ones included.
//
// Spec: CloudFormation API Reference, ListStacks.
func (s *Service) ListStacks(ctx context.Context, in *api.ListStacksInput) (*api.ListStacksOutput, error) {
	h := homeOf(ctx)
	var all []stack
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		all, err = allStacks(tx, h)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(in.StackStatusFilter) > 0 {
		all = slices.DeleteFunc(all, func(st stack) bool { return !slices.Contains(in.StackStatusFilter, st.Status) })
	}
	all, next, err := page(all, in.NextToken, "ListStacks")
	if err != nil {
		return nil, err
	}
	out := &api.ListStacksOutput{NextToken: next, StackSummaries: []api.StackSummary{}}
	for i := range all {
		st := &all[i]
		out.StackSummaries = append(out.StackSummaries, api.StackSummary{
			StackId: &st.ARN, StackName: st.Name, TemplateDescription: wire.Optional(st.Deployment.Description), CreationTime: st.Created,
			LastUpdatedTime: when(st.Updated), DeletionTime: when(st.Deleted), StackStatus: st.Status,
			StackStatusReason: wire.Optional(st.Reason), ParentId: wire.Optional(st.ParentID), RootId: wire.Optional(st.RootID),
			DriftInformation: &api.StackDriftInformationSummary{StackDriftStatus: "NOT_CHECKED"},
		})
	}
	return out, nil
}
