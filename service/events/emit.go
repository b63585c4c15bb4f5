package events

import (
	"context"

	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/task"
	"maru.dev/maru/telemetry"
)

// runEmit puts an event that another service has emitted on the default bus.
// The deliveries are written by the transaction that ends the task, so each
// happens once.
func (s *Service) runEmit(ctx context.Context, run *task.Run) error {
	var body service.Emitted
	if err := run.Decode(&body); err != nil {
		return task.Dead(err)
	}
	h := home{run.Account, run.Region}
	e := &event{
		bus: busRef{h, defaultBus}, id: body.ID, source: body.Source, detailType: body.DetailType, account: h.account, region: h.region,
		time: body.Time, resources: body.Resources, detail: body.Detail, traceID: telemetry.WithLineage(run.TraceID, ""), ingested: s.Clock.Now(),
	}
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		if err := s.publish(tx, e); err != nil {
			return err
		}
		return run.Done(tx)
	})
	if err == nil {
		s.measureMatches(e)
	}
	return err
}
