package cloudformation

import (
	"context"
	"encoding/json"
	"fmt"

	api "maru.dev/maru/api/cloudformation"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// DescribeStackEvents tells a stack's history, the latest event first.
//
// Spec: CloudFormation API Reference, DescribeStackEvents.
func (s *Service) DescribeStackEvents(ctx context.Context, in *api.DescribeStackEventsInput) (*api.DescribeStackEventsOutput, error) {
	h := homeOf(ctx)
	out := &api.DescribeStackEventsOutput{StackEvents: []api.StackEvent{}}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		st, ok, err := findStack(tx, h, wire.Value(in.StackName))
		switch {
		case err != nil:
			return err
		case !ok:
			return invalid("Stack [%s] does not exist", wire.Value(in.StackName))
		}
		return pageEvents(tx, h, st, in.NextToken, out)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// pageEvents reads one page of events. The token is the key of the last event
// that was told, so that newer ones do not shift the pages.
func pageEvents(tx *kv.Tx, h home, st *stack, token *string, out *api.DescribeStackEventsOutput) error {
	list := h.eventsOf(st.ID)
	r := kv.Prefix(list)
	r.Reverse, r.Limit = true, pageSize+1
	r, ok := service.AfterToken(list, r, token)
	if !ok {
		return invalid("Invalid NextToken")
	}
	var last kv.Key
	for row, err := range tx.Scan(r) {
		if err != nil {
			return fmt.Errorf("load events: %w", err)
		}
		if len(out.StackEvents) == pageSize {
			out.NextToken = service.RowToken(list, last)
			return nil
		}
		last = row.Key
		var e event
		if err := json.Unmarshal(row.Value, &e); err != nil {
			return fmt.Errorf("decode event: %w", err)
		}
		out.StackEvents = append(out.StackEvents, api.StackEvent{
			StackId: st.ARN, EventId: e.ID, StackName: st.Name, LogicalResourceId: &e.Logical, PhysicalResourceId: &e.Physical,
			ResourceType: &e.Type, Timestamp: e.At, ResourceStatus: &e.Status, ResourceStatusReason: wire.Optional(e.Reason),
			ResourceProperties: wire.Optional(string(e.Props)), ClientRequestToken: wire.Optional(e.Token),
		})
	}
	return nil
}
