package cloudformation

import (
	"context"
	"maps"
	"slices"
	"time"

	api "maru.dev/maru/api/cloudformation"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// noEcho is what is told of a parameter that is not to be shown.
const noEcho = "****"

// DescribeStacks tells of one stack, or of all that are not deleted.
//
// Spec: CloudFormation API Reference, DescribeStacks.
func (s *Service) DescribeStacks(ctx context.Context, in *api.DescribeStacksInput) (*api.DescribeStacksOutput, error) {
	h := homeOf(ctx)
	var found []stack
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		if name := wire.Value(in.StackName); name != "" {
			st, err := mustStack(tx, h, name)
			if err != nil {
				return err
			}
			found = []stack{*st}
			return nil
		}
		all, err := allStacks(tx, h)
		found = slices.DeleteFunc(all, func(st stack) bool { return st.Status == deleteComplete })
		return err
	})
	if err != nil {
		return nil, err
	}
	found, next, err := page(found, in.NextToken, "DescribeStacks")
	if err != nil {
		return nil, err
	}
	out := &api.DescribeStacksOutput{NextToken: next, Stacks: []api.Stack{}}
	for i := range found {
		out.Stacks = append(out.Stacks, describe(&found[i]))
	}
	return out, nil
}

// allStacks reads every stack of a home, the newest first.
func allStacks(tx *kv.Tx, h home) ([]stack, error) {
	var out []stack
	for row, err := range kv.Scan[stack](tx, kv.Prefix(h.key("s"))) {
		if err != nil {
			return nil, err
		}
		out = append(out, row.Value)
	}
	slices.SortStableFunc(out, func(a, b stack) int { return b.Created.Compare(a.Created) })
	return out, nil
}

// describe writes a stack as the API does.
func describe(st *stack) api.Stack {
	d, c := &st.Deployment, &st.Settings
	out := api.Stack{
		StackId: &st.ARN, StackName: st.Name, ChangeSetId: wire.Optional(st.ChangeSetID), Description: wire.Optional(d.Description),
		CreationTime: st.Created, LastUpdatedTime: when(st.Updated), DeletionTime: when(st.Deleted),
		StackStatus: st.Status, StackStatusReason: wire.Optional(st.Reason), DisableRollback: &c.DisableRollback,
		NotificationARNs: c.NotificationARNs, Capabilities: d.Capabilities, RoleARN: wire.Optional(c.RoleARN), Tags: apiTags(d.Tags),
		EnableTerminationProtection: &st.Protected, ParentId: wire.Optional(st.ParentID), RootId: wire.Optional(st.RootID),
		DriftInformation:      &api.StackDriftInformation{StackDriftStatus: "NOT_CHECKED"},
		RollbackConfiguration: rollbackConfiguration(c),
	}
	if c.TimeoutMinutes > 0 {
		out.TimeoutInMinutes = &c.TimeoutMinutes
	}
	if out.Tags == nil {
		out.Tags = []api.Tag{}
	}
	out.Parameters = parametersOf(d)
	for _, o := range st.Outputs {
		out.Outputs = append(out.Outputs, api.Output{
			OutputKey: &o.Key, OutputValue: &o.Value, Description: wire.Optional(o.Description), ExportName: wire.Optional(o.Export),
		})
	}
	return out
}

// parametersOf writes the parameters of a deployment as the API does.
func parametersOf(d *deployment) []api.Parameter {
	var out []api.Parameter
	for _, name := range slices.Sorted(maps.Keys(d.Given)) {
		p := api.Parameter{ParameterKey: new(name), ParameterValue: new(d.Given[name])}
		if v, ok := d.Resolved[name]; ok {
			p.ResolvedValue = new(v)
		}
		if slices.Contains(d.NoEcho, name) {
			p.ParameterValue = new(noEcho)
		}
		out = append(out, p)
	}
	return out
}

// rollbackConfiguration writes what is kept of roll-back triggers.
func rollbackConfiguration(c *settings) *api.RollbackConfiguration {
	out := &api.RollbackConfiguration{MonitoringTimeInMinutes: c.MonitoringMinutes}
	for _, t := range c.RollbackTriggers {
		out.RollbackTriggers = append(out.RollbackTriggers, api.RollbackTrigger{Arn: t.ARN, Type: t.Type})
	}
	return out
}

// when is a pointer to t, or nil for the zero time.
func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
