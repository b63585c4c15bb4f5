package cloudwatch

import (
	"context"
	"fmt"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/task"
)

const (
	expireKind  = "cloudwatch.expire"
	expireEvery = 3 * time.Hour
)

// retention is how long buckets of a length are kept.
func retention() map[time.Duration]time.Duration {
	const day = 24 * time.Hour
	return map[time.Duration]time.Duration{
		time.Second: 3 * time.Hour, time.Minute: 15 * day, 5 * time.Minute: 63 * day, time.Hour: 455 * day,
	}
}

// runExpire removes a metric's data that are too old, and the metric itself
// when nothing of it is left.
func (s *Service) runExpire(ctx context.Context, run *task.Run) error {
	var id metricID
	if err := run.Decode(&id); err != nil {
		return task.Dead(err)
	}
	h, now := home{run.Account, run.Region}, s.Clock.Now()
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		for length, keep := range retention() {
			old := kv.Prefix(h.dataKey(id, length))
			old.To = h.dataKey(id, length).With(now.Add(-keep))
			if err := tx.DeleteRange(old); err != nil {
				return fmt.Errorf("expire data: %w", err)
			}
		}
		if err := run.Done(tx); err != nil {
			return err
		}
		left := kv.Prefix(h.key("d", id.hash()))
		left.Limit = 1
		for _, err := range tx.Scan(left) {
			if err != nil {
				return err
			}
			return s.expireLater(tx, h, id, now.Add(expireEvery))
		}
		key, _ := h.metricKey(id)
		return tx.Delete(key)
	})
}
