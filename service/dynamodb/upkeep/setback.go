package upkeep

import (
	"context"
	"errors"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/setback"
	"maru.dev/maru/service"
)

// Rewind is the service's part of service.Rewinder: what a ClientRequestToken was
// used for is known for the rest of its ten minutes, and not for hours more.
func (u *Upkeep) Rewind(ctx context.Context, w *setback.Walk) error {
	return service.RewindHomes(ctx, w, func(at service.Home) error {
		space := tokenSpace(at)
		return w.Rows(ctx, space.key("token-at"), func(tx *kv.Tx, row kv.Pair) error { return space.rewind(tx, row, w.Jump) })
	})
}

// rewind brings back a row of token-at.
func (s tokenSpace) rewind(tx *kv.Tx, row kv.Pair, j setback.Jump) error {
	var second int64
	var name string
	if err := row.Key.Scan(4, &second, &name); err != nil {
		return err
	}
	if !time.Unix(second, 0).Add(tokenLife).After(j.Now) {
		return nil
	}
	used, ok, err := kv.Get[usedToken](tx, s.key("token", name))
	if err != nil {
		return err
	}
	if !ok || used.At.Unix() != second {
		return tx.Delete(row.Key) // it was used anew, which has a row, too
	}
	used.At = j.Time(used.At.Add(tokenLife)).Add(-tokenLife)
	return errors.Join(
		kv.Put(tx, s.key("token", name), used),
		tx.Delete(row.Key), tx.Put(s.key("token-at", used.At.Unix(), name), []byte{}),
	)
}
