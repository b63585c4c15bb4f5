package logs

import (
	"context"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/kv"
)

// StopQuery ends a query that runs. What it has found so far can still be had.
//
// Spec: CloudWatch Logs API Reference, StopQuery.
func (s *Service) StopQuery(ctx context.Context, in *api.StopQueryInput) (*api.StopQueryOutput, error) {
	h := homeOf(ctx)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		q, err := loadQuery(tx, h, in.QueryId)
		if err != nil {
			return err
		}
		if !q.running() {
			return invalid("The query %s cannot be stopped: its status is %s.", q.ID, q.Status)
		}
		if err := s.Tasks.CancelKey(tx, queryKind, q.ID); err != nil {
			return err
		}
		return q.end(tx, h, string(api.QueryStatusCancelled), s.Clock.Now())
	})
	if err != nil {
		return nil, err
	}
	return &api.StopQueryOutput{Success: new(true)}, nil
}
