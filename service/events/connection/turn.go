package connection

import (
	"context"
	"fmt"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// Turn is when an API destination may be called. Turns are taken in the store,
// so that rules and pipes, on all nodes, share a destination's rate.
type Turn struct{ Account, Region, Destination string }

// Key holds when the destination may be called next.
func (t Turn) Key() kv.Key { return Turns(t.Account, t.Region).With(t.Destination) }

// Turns is the folder of those rows of an account and region.
func Turns(account, region string) kv.Key { return kv.NewKey(account, region, "events", "slot") }

// Await takes the next turn and waits for it, where rate is the calls a second.
// Those who wait are few: only so many tasks of one owner run at a time.
func (t Turn) Await(ctx context.Context, d service.Deps, rate int32) error {
	var turn time.Time
	err := d.Store.Update(ctx, func(tx *kv.Tx) error {
		now := d.Clock.Now()
		next, _, err := kv.Get[time.Time](tx, t.Key())
		if err != nil {
			return fmt.Errorf("load turn: %w", err)
		}
		if turn = next; turn.Before(now) {
			turn = now
		}
		return kv.Put(tx, t.Key(), turn.Add(time.Second/time.Duration(max(1, rate))))
	})
	if err != nil {
		return err
	}
	wait := turn.Sub(d.Clock.Now())
	if wait <= 0 {
		return nil
	}
	timer := d.Clock.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
