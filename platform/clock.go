package platform

import (
	"context"
	"fmt"
	"time"

	"maru.dev/maru/clock"
	"maru.dev/maru/kv"
)

// offsetKey is where the clock's offset lives.
func offsetKey() kv.Key { return kv.NewKey("", "", "platform", "clock-offset") }

// setClock gives developer mode a clock that can be moved, standing where it
// stood when the data folder was last open.
func (p *Platform) setClock(ctx context.Context) error {
	if p.config.Clock != nil {
		return nil
	}
	if p.config.Mode == Enforcing {
		p.config.Clock = clock.System{}
		return nil
	}
	var offset int64
	err := p.store.View(ctx, func(tx *kv.Tx) error {
		var err error
		offset, _, err = kv.Get[int64](tx, offsetKey())
		return err
	})
	if err != nil {
		return fmt.Errorf("load clock offset: %w", err)
	}
	if p.config.Time.IsZero() {
		p.config.Clock = clock.NewAdjustable(time.Duration(offset))
		return nil
	}
	set := clock.NewAdjustable(p.config.Time.Sub(clock.System{}.Now()))
	p.config.Clock = set
	return p.saveOffset(ctx, set)
}

// advance moves the clock and notes where it stands.
func (p *Platform) advance(d time.Duration) time.Time {
	c, ok := p.config.Clock.(*clock.Adjustable)
	if !ok {
		return p.config.Clock.Now()
	}
	c.Advance(d)
	err := p.store.Update(context.Background(), func(tx *kv.Tx) error {
		if err := kv.Put(tx, offsetKey(), int64(c.Offset())); err != nil {
			return err
		}
		return kv.Put(tx, notedKey(), c.Now())
	})
	if err != nil {
		p.config.Log.Error("clock offset not saved", "cause", err)
	}
	return c.Now()
}

// saveOffset notes how far the clock is ahead.
func (p *Platform) saveOffset(ctx context.Context, c *clock.Adjustable) error {
	err := p.store.Update(ctx, func(tx *kv.Tx) error {
		return kv.Put(tx, offsetKey(), int64(c.Offset()))
	})
	if err != nil {
		return fmt.Errorf("save clock offset: %w", err)
	}
	return nil
}
