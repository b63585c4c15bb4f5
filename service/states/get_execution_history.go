package states

import (
	"context"
	"strconv"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/states/history"
	"maru.dev/maru/service/states/standard"
)

// GetExecutionHistory returns the events of an execution, upwards or downwards.
//
// Spec: Step Functions API Reference, GetExecutionHistory.
func (s *Service) GetExecutionHistory(ctx context.Context, in *api.GetExecutionHistoryInput) (*api.GetExecutionHistoryOutput, error) {
	reverse := in.ReverseOrder != nil && *in.ReverseOrder
	token, paged, err := readToken("h"+in.ExecutionArn+strconv.FormatBool(reverse), in.NextToken)
	if err != nil {
		return nil, err
	}
	limit := pageSize(in.MaxResults)
	out := &api.GetExecutionHistoryOutput{}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		out.Events, out.NextToken = []api.HistoryEvent{}, nil
		x, err := s.execution(tx, in.ExecutionArn)
		if err != nil {
			return err
		}
		from := int64(1)
		if reverse {
			from = x.State.Next - 1
		}
		if paged {
			if from, err = strconv.ParseInt(token, 10, 64); err != nil {
				return errToken()
			}
		}
		events, err := standard.Events(tx, x.Key, from, reverse, limit+1)
		if err != nil {
			return err
		}
		if len(events) > limit {
			out.NextToken = writeToken("h"+in.ExecutionArn+strconv.FormatBool(reverse), strconv.FormatInt(events[limit].ID, 10))
			events = events[:limit]
		}
		out.Events, err = s.shown(tx, x, events, in.IncludeExecutionData)
		return err
	})
	return out, err
}

// shown is what the API shows of events.
func (s *Service) shown(tx *kv.Tx, x *standard.Execution, events []history.Event, data *bool) ([]api.HistoryEvent, error) {
	texts := make(map[int64]string)
	shown := history.Shown{Data: data == nil || *data, Load: func(id int64) (string, error) {
		if text, ok := texts[id]; ok {
			return text, nil
		}
		text, err := standard.Text(tx, x.Key, id)
		texts[id] = text
		return text, err
	}}
	out := make([]api.HistoryEvent, len(events))
	for i := range events {
		if events[i].Same == 0 {
			texts[events[i].ID] = events[i].Data
		}
		var err error
		if out[i], err = shown.API(&events[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}
