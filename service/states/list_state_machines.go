package states

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/states/machine"
)

// ListStateMachines lists the state machines of an account.
//
// Spec: Step Functions API Reference, ListStateMachines.
func (s *Service) ListStateMachines(ctx context.Context, in *api.ListStateMachinesInput) (*api.ListStateMachinesOutput, error) {
	h := homeOf(ctx)
	after, paged, err := readToken("m", in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.ListStateMachinesOutput{}
	limit := pageSize(in.MaxResults)
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		out.StateMachines, out.NextToken = []api.StateMachineListItem{}, nil
		span := kv.Prefix(h.Key("m"))
		if paged {
			span = span.After(h.MachineKey(after))
		}
		for row, err := range kv.Scan[machine.Machine](tx, span) {
			if err != nil {
				return fmt.Errorf("list state machines: %w", err)
			}
			if n := len(out.StateMachines); n == limit {
				out.NextToken = writeToken("m", out.StateMachines[n-1].Name)
				return nil
			}
			m := row.Value
			out.StateMachines = append(out.StateMachines, api.StateMachineListItem{
				StateMachineArn: h.MachineARN(m.Name), Name: m.Name, Type: typeName(m.Current.Express), CreationDate: m.Created,
			})
		}
		return nil
	})
	return out, err
}
