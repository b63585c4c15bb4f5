package standard

import (
	"context"
	"errors"
	"fmt"

	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/machine"
)

// offersKey is the queue of an activity's tasks.
func offersKey(activity string) kv.Key {
	a, err := arn.Parse(activity)
	if err != nil {
		return machine.Home{}.Key("q", activity)
	}
	return machine.Home{Account: a.Account, Region: a.Region}.Key("q", a.Resource)
}

// offer puts a task at the end of an activity's queue.
func offer(tx *kv.Tx, activity string, t Token) error {
	if err := kv.PutAtCommit(tx, offersKey(activity), nil, t); err != nil {
		return err
	}
	tx.Wake(service.Topic(activity))
	return nil
}

// DropOffers removes an activity's queue.
func DropOffers(tx *kv.Tx, activity string) error {
	return tx.DeleteRange(kv.Prefix(offersKey(activity)))
}

// offersAtOnce is how many offers are read at a time.
const offersAtOnce = 16

// Take gives a worker the first task of an activity that still waits for one.
func (r *Runner) Take(ctx context.Context, activity, worker string) (token, input string, ok bool, err error) {
	for {
		var offers []kv.Row[Token]
		err = r.deps.Store.View(ctx, func(tx *kv.Tx) error {
			offers = offers[:0]
			span := kv.Prefix(offersKey(activity))
			span.Limit = offersAtOnce
			for row, err := range kv.Scan[Token](tx, span) {
				if err != nil {
					return fmt.Errorf("load offers: %w", err)
				}
				offers = append(offers, row)
			}
			return nil
		})
		if err != nil || len(offers) == 0 {
			return "", "", false, err
		}
		for _, o := range offers {
			if input, ok, err = r.takeOne(ctx, o, worker); ok || err != nil {
				return o.Value.String(), input, ok, err
			}
		}
	}
}

// takeOne takes an offer off its queue. One that nobody waits for any more, or
// that another worker has taken, is not ok.
func (r *Runner) takeOne(ctx context.Context, o kv.Row[Token], worker string) (input string, ok bool, err error) {
	k := o.Value.Key()
	var remember func()
	err = r.update(ctx, k, func(tx *kv.Tx) error {
		ok, remember = false, nil
		if _, there, err := tx.Get(o.Key); err != nil || !there {
			return err
		}
		if err := tx.Delete(o.Key); err != nil {
			return err
		}
		x, there, err := Load(tx, k)
		if err != nil || !there || x.Status != engine.Running {
			return err
		}
		remember, err = r.turn(ctx, tx, x, func(t *engine.Turn) error {
			if !t.Holds(o.Value.Thread, o.Value.Event, o.Value.Nonce) {
				return engine.ErrStale
			}
			return t.Taken(o.Value.Thread, o.Value.Event, worker)
		})
		if errors.Is(err, engine.ErrStale) {
			return nil
		}
		if err != nil {
			return err
		}
		p, err := r.dataOf(tx, x, o.Value.Event)
		if err != nil {
			return err
		}
		input, ok = p.Text, true
		return nil
	})
	if err == nil && ok {
		remember()
	}
	return input, ok, err
}
