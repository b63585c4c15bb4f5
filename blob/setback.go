package blob

import (
	"context"
	"errors"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/setback"
)

// Rewind brings visits back where the clock has been set back: an object that
// nothing links goes as much later than now as it would have gone. It is called
// before Run.
func (s *Store) Rewind(ctx context.Context, w *setback.Walk) error {
	return w.Rows(ctx, root().With("due"), func(tx *kv.Tx, row kv.Pair) error {
		var was time.Time
		var ref string
		if err := row.Key.Scan(4, &was, &ref); err != nil {
			return err
		}
		at := w.Time(was)
		if at.Equal(was) {
			return nil
		}
		put, ok, err := kv.Get[time.Time](tx, putKey(Ref(ref)))
		if err != nil {
			return err
		}
		if ok && put.Add(unlinkedFor).Equal(was) { // the visit that follows this put: it must find that the hour is over
			if err := kv.Put(tx, putKey(Ref(ref)), at.Add(-unlinkedFor)); err != nil {
				return err
			}
		}
		return errors.Join(tx.Delete(row.Key), tx.Put(dueKey(at, Ref(ref)), nil))
	})
}
