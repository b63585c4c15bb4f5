package clock

import (
	"sync"
	"sync/atomic"
	"time"
)

// Adjustable is the machine's clock, which can be moved ahead: it goes on from
// there, and the timers that are then due fire.
type Adjustable struct {
	offset atomic.Int64 // nanoseconds; changed with mu held, read by every call

	mu     sync.Mutex
	timers map[*adjustableTimer]struct{} // those that are set
}

// NewAdjustable returns a clock that is offset ahead of the machine's.
func NewAdjustable(offset time.Duration) *Adjustable {
	a := &Adjustable{timers: make(map[*adjustableTimer]struct{})}
	a.offset.Store(int64(offset))
	return a
}

// Now returns the time where the clock stands, in UTC. The monotonic reading is
// dropped: it would not know of the offset.
func (a *Adjustable) Now() time.Time { return time.Now().UTC().Add(a.Offset()).Round(0) }

// Latest is as far as a clock is moved: 64 bits of nanoseconds since 1970 end in
// 2262, and what is kept for decades must be due before that.
func Latest() time.Time { return time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) }

// Advance moves the clock ahead by d, but not beyond Latest.
func (a *Adjustable) Advance(d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.Now()
	d = max(0, min(d, Latest().Sub(now)))
	a.offset.Add(int64(d))
	now = now.Add(d)
	for t := range a.timers {
		t.real.Reset(t.due.Sub(now))
	}
}

// Offset returns how far ahead of the machine's clock this one is.
func (a *Adjustable) Offset() time.Duration { return time.Duration(a.offset.Load()) }

// NewTimer returns a timer that fires when the clock has gone or been moved
// ahead by d.
func (a *Adjustable) NewTimer(d time.Duration) Timer {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := &adjustableTimer{clock: a, c: make(chan time.Time, 1), due: a.Now().Add(d)}
	a.timers[t] = struct{}{}
	t.real = time.AfterFunc(d, t.fire)
	return t
}

type adjustableTimer struct {
	clock *Adjustable
	c     chan time.Time
	due   time.Time
	real  *time.Timer
}

// fire is called by the real timer. A timer that was stopped or set anew
// meanwhile is left alone.
func (t *adjustableTimer) fire() {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	now := t.clock.Now()
	if _, set := t.clock.timers[t]; !set {
		return
	}
	if left := t.due.Sub(now); left > 0 {
		t.real.Reset(left) // an earlier setting fired late, or the machine's clock went back
		return
	}
	delete(t.clock.timers, t)
	select {
	case t.c <- now:
	default:
	}
}

func (t *adjustableTimer) C() <-chan time.Time { return t.c }

func (t *adjustableTimer) Stop() bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	return t.stop()
}

// stop forgets t and drains its channel. The clock's lock is held.
func (t *adjustableTimer) stop() bool {
	_, active := t.clock.timers[t]
	delete(t.clock.timers, t)
	t.real.Stop()
	select {
	case <-t.c:
	default:
	}
	return active
}

func (t *adjustableTimer) Reset(d time.Duration) bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	active := t.stop()
	t.due = t.clock.Now().Add(d)
	t.clock.timers[t] = struct{}{}
	t.real.Reset(d)
	return active
}
