package sns

import (
	"context"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/setback"
	"maru.dev/maru/service"
	"maru.dev/maru/service/sns/names"
)

// Rewind implements service.Rewinder: what was published to a FIFO topic is known
// for five minutes, and not for hours more.
func (s *Service) Rewind(ctx context.Context, w *setback.Walk) error {
	return service.RewindHomes(ctx, w, func(at service.Home) error {
		h := names.Home(at)
		return w.Rows(ctx, h.Key("dedupage"), func(tx *kv.Tx, row kv.Pair) error {
			return rewindDuplicate(tx, row, topicRef{Home: h}, w.Jump)
		})
	})
}

// rewindDuplicate brings back a row of dedupage of a home's topic.
func rewindDuplicate(tx *kv.Tx, row kv.Pair, t topicRef, j setback.Jump) error {
	var was time.Time
	var scope, id string
	if err := row.Key.Scan(4, &t.name, &was, &scope, &id); err != nil {
		return err
	}
	until := j.Time(was)
	if until.Equal(was) {
		return nil
	}
	known, ok, err := kv.Get[receipt](tx, t.dedupKey(scope, id))
	if err != nil {
		return err
	}
	if ok && known.Until.Equal(was) {
		known.Until = until
		if err := kv.Put(tx, t.dedupKey(scope, id), known); err != nil {
			return err
		}
	}
	if err := tx.Delete(row.Key); err != nil {
		return err
	}
	return tx.Put(t.dedupUntilKey(until, scope, id), nil)
}
