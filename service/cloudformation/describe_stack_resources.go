package cloudformation

import (
	"context"
	"maps"
	"slices"

	api "maru.dev/maru/api/cloudformation"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// DescribeStackResource tells of one resource of a stack.
//
// Spec: CloudFormation API Reference, DescribeStackResource.
func (s *Service) DescribeStackResource(ctx context.Context, in *api.DescribeStackResourceInput) (*api.DescribeStackResourceOutput, error) {
	st, rows, err := s.resourceRows(ctx, in.StackName)
	if err != nil {
		return nil, err
	}
	r := rows[in.LogicalResourceId]
	if r == nil {
		return nil, invalid("Resource %s does not exist for stack %s", in.LogicalResourceId, st.Name)
	}
	return &api.DescribeStackResourceOutput{StackResourceDetail: &api.StackResourceDetail{
		StackName: &st.Name, StackId: &st.ARN, LogicalResourceId: r.Logical, PhysicalResourceId: r.physicalID(),
		ResourceType: r.Type, LastUpdatedTimestamp: r.At, ResourceStatus: r.Status, ResourceStatusReason: wire.Optional(r.Reason),
		Metadata:         wire.Optional(string(r.Metadata)),
		DriftInformation: &api.StackResourceDriftInformation{StackResourceDriftStatus: "NOT_CHECKED"},
	}}, nil
}

// resourceRows reads a stack with its resources.
func (s *Service) resourceRows(ctx context.Context, nameOrARN string) (*stack, map[string]*resource, error) {
	h := homeOf(ctx)
	var st *stack
	var rows map[string]*resource
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		found, ok, err := findStack(tx, h, nameOrARN)
		switch {
		case err != nil:
			return err
		case !ok:
			return invalid("Stack '%s' does not exist", nameOrARN)
		}
		st = found
		rows, err = loadResources(tx, h, st.ID)
		maps.DeleteFunc(rows, func(_ string, r *resource) bool { return r.Status == "" })
		return err
	})
	return st, rows, err
}

// physicalID is the resource's physical id, if it has one.
func (r *resource) physicalID() *string {
	if r.Now != nil {
		return wire.Optional(r.Now.ID)
	}
	return nil
}

// DescribeStackResources tells of the resources of a stack, at most 100. The
// stack may be named by one of its resources' physical ids.
//
// Spec: CloudFormation API Reference, DescribeStackResources.
func (s *Service) DescribeStackResources(ctx context.Context, in *api.DescribeStackResourcesInput) (*api.DescribeStackResourcesOutput, error) {
	name := wire.Value(in.StackName)
	switch physical := wire.Value(in.PhysicalResourceId); {
	case name == "" && physical == "":
		return nil, invalid("You must specify either StackName or PhysicalResourceId, but not both")
	case name != "" && physical != "":
		return nil, invalid("You must specify either StackName or PhysicalResourceId, but not both")
	case physical != "":
		var err error
		if name, err = s.stackOfResource(ctx, physical); err != nil {
			return nil, err
		}
	}
	st, rows, err := s.resourceRows(ctx, name)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeStackResourcesOutput{StackResources: []api.StackResource{}}
	for _, logical := range slices.Sorted(maps.Keys(rows)) {
		r := rows[logical]
		if want := wire.Value(in.LogicalResourceId); want != "" && want != logical || len(out.StackResources) == 100 {
			continue
		}
		out.StackResources = append(out.StackResources, api.StackResource{
			StackName: &st.Name, StackId: &st.ARN, LogicalResourceId: r.Logical, PhysicalResourceId: r.physicalID(),
			ResourceType: r.Type, Timestamp: r.At, ResourceStatus: r.Status, ResourceStatusReason: wire.Optional(r.Reason),
			DriftInformation: &api.StackResourceDriftInformation{StackResourceDriftStatus: "NOT_CHECKED"},
		})
	}
	if want := wire.Value(in.LogicalResourceId); want != "" && len(out.StackResources) == 0 {
		return nil, invalid("Resource %s does not exist for stack %s", want, st.Name)
	}
	return out, nil
}

// stackOfResource finds the stack that a physical id belongs to.
func (s *Service) stackOfResource(ctx context.Context, physical string) (string, error) {
	h := homeOf(ctx)
	found := ""
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		for row, err := range kv.Scan[resource](tx, kv.Prefix(h.key("r"))) {
			if err != nil {
				return err
			}
			if id := row.Value.physicalID(); id == nil || *id != physical {
				continue
			}
			var id string
			if err := row.Key.Scan(4, &id); err != nil {
				return err
			}
			st, ok, err := kv.Get[stack](tx, h.stackKey(id))
			if err != nil || !ok {
				return err
			}
			found = st.ARN
			return nil
		}
		return invalid("Stack for %s does not exist", physical)
	})
	return found, err
}

// ListStackResources lists the resources of a stack, page by page.
//
// Spec: CloudFormation API Reference, ListStackResources.
func (s *Service) ListStackResources(ctx context.Context, in *api.ListStackResourcesInput) (*api.ListStackResourcesOutput, error) {
	_, rows, err := s.resourceRows(ctx, in.StackName)
	if err != nil {
		return nil, err
	}
	names, next, err := page(slices.Sorted(maps.Keys(rows)), in.NextToken, "ListStackResources", in.StackName)
	if err != nil {
		return nil, err
	}
	out := &api.ListStackResourcesOutput{NextToken: next, StackResourceSummaries: []api.StackResourceSummary{}}
	for _, logical := range names {
		r := rows[logical]
		out.StackResourceSummaries = append(out.StackResourceSummaries, api.StackResourceSummary{
			LogicalResourceId: r.Logical, PhysicalResourceId: r.physicalID(), ResourceType: r.Type, LastUpdatedTimestamp: r.At,
			ResourceStatus: r.Status, ResourceStatusReason: wire.Optional(r.Reason),
			DriftInformation: &api.StackResourceDriftInformationSummary{StackResourceDriftStatus: "NOT_CHECKED"},
		})
	}
	return out, nil
}
