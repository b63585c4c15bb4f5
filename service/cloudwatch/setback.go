package cloudwatch

import (
	"context"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/setback"
	"maru.dev/maru/service"
)

// Rewind implements service.Rewinder: the time for which a composite alarm keeps
// its actions back ends with the task that comes to look.
func (s *Service) Rewind(ctx context.Context, w *setback.Walk) error {
	return service.RewindHomes(ctx, w, func(at service.Home) error {
		return w.Rows(ctx, home(at).key("a"), func(tx *kv.Tx, row kv.Pair) error {
			a, _, err := kv.Get[alarm](tx, row.Key)
			if err != nil || a.Composite == nil || !a.Composite.Until.After(w.Now) {
				return err
			}
			a.Composite.hold(a.Composite.SuppressedBy, w.Time(a.Composite.Until))
			return kv.Put(tx, row.Key, a)
		})
	})
}
