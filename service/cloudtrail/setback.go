package cloudtrail

import (
	"context"
	"errors"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/setback"
	"maru.dev/maru/service"
)

// Rewind implements service.Rewinder. Digests go on with the present hour, and the
// events of before go into blocks: by the clock, their time for that is not here.
// What is told of them stays.
func (s *Service) Rewind(ctx context.Context, w *setback.Walk) error {
	return service.RewindHomes(ctx, w, func(at service.Home) error {
		h := home(at)
		if err := h.history().FoldAll(ctx, w.Store()); err != nil {
			return err
		}
		// Lanes are in no region: they are gone over with the account's first home.
		for kind, do := range map[string]func(*kv.Tx, kv.Pair, setback.Jump) error{"d": rewindChain, "f": rewindFile} {
			err := w.Rows(ctx, kv.NewKey(h.Account, "", "cloudtrail", kind), func(tx *kv.Tx, row kv.Pair) error { return do(tx, row, w.Jump) })
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// rewindChain has a lane's next digest be of the present hour. It names the one of
// before as ever.
func rewindChain(tx *kv.Tx, row kv.Pair, j setback.Jump) error {
	c, _, err := kv.Get[chain](tx, row.Key)
	if err != nil || !c.Start.After(j.Now) {
		return err
	}
	start := j.Time(c.Start).UTC().Truncate(time.Second)
	if c.Start.Sub(start)%digestEvery == 0 {
		start = start.Add(time.Second) // digests have their names by the second: none takes an earlier one's
	}
	c.Start = start
	return kv.Put(tx, row.Key, c)
}

// rewindFile leaves a log file to the next digest.
func rewindFile(tx *kv.Tx, row kv.Pair, j setback.Jump) error {
	var l lane
	var was time.Time
	var name string
	if err := row.Key.Scan(4, &l.Trail, &l.Region, &l.To, &was, &name); err != nil {
		return err
	}
	at := j.Time(was)
	if at.Equal(was) {
		return nil
	}
	err := row.Key.Scan(0, &l.Account)
	return errors.Join(err, tx.Delete(row.Key), tx.Put(l.fileKey(at, name), row.Value))
}
