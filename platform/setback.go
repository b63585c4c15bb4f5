package platform

import (
	"context"
	"errors"
	"fmt"
	"time"

	"maru.dev/maru/clock"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/setback"
	"maru.dev/maru/service"
)

const (
	// noteEvery is how often the time is noted in the store while something is
	// written. After a crash, what is brought back is late by that at most.
	noteEvery = 2 * time.Second
	// moment is how far the clock may be set back without anybody's noticing.
	moment = 2 * time.Second
)

// notedKey is where the latest time lives at which anything was written.
func notedKey() kv.Key { return kv.NewKey("", "", "platform", "clock-noted") }

// jumpKey is where a jump lives while its rows are brought back; below it, how
// far that has come.
func jumpKey() kv.Key { return kv.NewKey("", "", "platform", "clock-jump") }

// bringBack brings back what waits for a time, if the clock stands behind one at
// which the data folder was written. It goes on with what an earlier process has
// begun. The folder is this process's alone.
func (p *Platform) bringBack(ctx context.Context) error {
	if p.config.Ephemeral {
		return nil // there is no before
	}
	for {
		j, pending, err := p.jump(ctx)
		if err != nil || !pending {
			return err
		}
		p.config.Log.WarnContext(ctx, "the clock was set back: what was to wait until its old time is brought back",
			"was", j.Now.Add(j.By), "is", j.Now, "by", j.By)
		w := setback.NewWalk(p.store, jumpKey(), j)
		if err := p.tasks.Rewind(ctx, w); err != nil {
			return fmt.Errorf("tasks: %w", err)
		}
		if err := p.blobs.Rewind(ctx, w); err != nil {
			return fmt.Errorf("objects: %w", err)
		}
		for _, svc := range p.services {
			if r, ok := svc.(service.Rewinder); ok {
				if err := r.Rewind(ctx, w); err != nil {
					return fmt.Errorf("%T: %w", svc, err)
				}
			}
		}
		err = p.store.Update(ctx, func(tx *kv.Tx) error {
			if err := tx.DeleteRange(kv.Prefix(jumpKey())); err != nil {
				return err
			}
			if err := tx.Delete(jumpKey()); err != nil {
				return err
			}
			return kv.Put(tx, notedKey(), j.Now)
		})
		if err != nil {
			return fmt.Errorf("end bringing back: %w", err)
		}
	}
}

// jump returns the jump whose rows are to be brought back: one that has been
// begun, else one that is found. Where there is none, the time is noted.
func (p *Platform) jump(ctx context.Context) (j setback.Jump, pending bool, err error) {
	err = p.store.Update(ctx, func(tx *kv.Tx) (err error) {
		if j, pending, err = kv.Get[setback.Jump](tx, jumpKey()); err != nil || pending {
			return err
		}
		noted, _, err := kv.Get[time.Time](tx, notedKey())
		if err != nil {
			return err
		}
		now := p.wallTime()
		p.noted.at = now
		if by := noted.Sub(now); by > moment {
			j, pending = setback.Jump{By: by, Now: now}, true
			return kv.Put(tx, jumpKey(), j)
		}
		if now.After(noted) {
			return kv.Put(tx, notedKey(), now)
		}
		p.noted.at = noted
		return nil
	})
	if err != nil {
		return j, false, fmt.Errorf("read the time of the data folder: %w", err)
	}
	return j, pending, nil
}

// wallTime is the clock's time without the machine's monotonic reading, which knows
// nothing of a clock that was set back.
func (p *Platform) wallTime() time.Time { return p.config.Clock.Now().Round(0) }

// noted is what a running platform knows of the time in its store.
type noted struct {
	at      time.Time
	commits uint64 // the store's, as of then
	warned  bool
}

// noteTime notes the time every so often, until ctx ends. Time is the machine's:
// that a clock is moved makes nothing due here.
func (p *Platform) noteTime(ctx context.Context) error {
	timer := clock.System{}.NewTimer(noteEvery)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C():
			timer.Reset(noteEvery)
		}
		if err := p.note(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// note writes the time, if anything has been written since it did so last: of an
// idle platform there is nothing to bring back. A time that the clock has passed
// once stays, so that the next start finds a clock that was set back meanwhile.
func (p *Platform) note(ctx context.Context) error {
	if p.config.Ephemeral {
		return nil
	}
	commits := p.store.Stats().Commits
	now := p.wallTime()
	if p.noted.at.Sub(now) > moment && !p.noted.warned {
		p.noted.warned = true
		p.config.Log.WarnContext(ctx, "the clock was set back: what is to wait until its old time is brought back at the next start",
			"was", p.noted.at, "is", now)
	}
	if commits == p.noted.commits || !now.After(p.noted.at) {
		return nil
	}
	err := p.store.Update(ctx, func(tx *kv.Tx) error { return kv.Put(tx, notedKey(), now) })
	switch {
	case errors.Is(err, kv.ErrFull), errors.Is(err, kv.ErrUnavailable):
		return nil // nor can anything else be written
	case err != nil:
		return fmt.Errorf("note the time: %w", err)
	}
	p.noted.at, p.noted.commits = now, commits+1
	return nil
}
