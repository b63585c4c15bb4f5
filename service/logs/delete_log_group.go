package logs

import (
	"context"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// DeleteLogGroup removes a group with all its events.
//
// Spec: CloudWatch Logs API Reference, DeleteLogGroup.
func (s *Service) DeleteLogGroup(ctx context.Context, in *api.DeleteLogGroupInput) (*api.DeleteLogGroupOutput, error) {
	h := homeOf(ctx)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		g, err := loadGroup(tx, h, in.LogGroupName)
		if err != nil {
			return err
		}
		if g.Protected {
			return &api.ValidationException{Message: "The log group has deletion protection enabled and cannot be deleted."}
		}
		for _, folder := range rows() {
			if err := tx.DeleteRange(kv.Prefix(h.key(folder, g.ID))); err != nil {
				return err
			}
		}
		if err := tx.Delete(h.bytesKey(g.ID)); err != nil {
			return err
		}
		if err := s.Tasks.CancelKey(tx, retentionKind, g.ID); err != nil {
			return err
		}
		for _, name := range append(g.followers(nil), metricsFollower) {
			if err := s.Tasks.CancelKey(tx, followKind, g.ID+"/"+name); err != nil {
				return err
			}
		}
		tx.Wake(service.Topic(h.arnOf(g.Name)))
		return tx.Delete(h.groupKey(g.Name))
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteLogGroupOutput{}, nil
}
