package events

import (
	"context"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/setback"
	"maru.dev/maru/service"
	"maru.dev/maru/service/events/connection"
)

// Rewind implements service.Rewinder: an API destination's next turn comes as soon
// as it would have come.
func (s *Service) Rewind(ctx context.Context, w *setback.Walk) error {
	return service.RewindHomes(ctx, w, func(at service.Home) error {
		return w.Rows(ctx, connection.Turns(at.Account, at.Region), func(tx *kv.Tx, row kv.Pair) error {
			turn, _, err := kv.Get[time.Time](tx, row.Key)
			if err != nil || !turn.After(w.Now) {
				return err
			}
			return kv.Put(tx, row.Key, w.Time(turn))
		})
	})
}
