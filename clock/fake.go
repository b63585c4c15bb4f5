package clock

import (
	"sync"
	"time"
)

// Fake is a clock that moves only when told to.
type Fake struct {
	mu     sync.Mutex
	now    time.Time
	timers map[*fakeTimer]struct{}
}

// NewFake returns a Fake that stands at now.
func NewFake(now time.Time) *Fake {
	return &Fake{now: now, timers: make(map[*fakeTimer]struct{})}
}

// Now returns where the clock stands.
func (f *Fake) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// Advance moves the clock by d and fires every timer that is then due.
func (f *Fake) Advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
	for t := range f.timers {
		f.fireIfDue(t)
	}
}

// Waiting returns how many timers are set, so that a test can wait until the
// code under test sleeps before it advances.
func (f *Fake) Waiting() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.timers)
}

// NewTimer returns a timer that fires when the clock has been advanced by d.
func (f *Fake) NewTimer(d time.Duration) Timer {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := &fakeTimer{clock: f, c: make(chan time.Time, 1), due: f.now.Add(d)}
	f.timers[t] = struct{}{}
	f.fireIfDue(t)
	return t
}

// fireIfDue fires t and forgets it once its time has come. The lock is held.
func (f *Fake) fireIfDue(t *fakeTimer) {
	if t.due.After(f.now) {
		return
	}
	delete(f.timers, t)
	t.c <- f.now
}

type fakeTimer struct {
	clock *Fake
	c     chan time.Time
	due   time.Time
}

func (t *fakeTimer) C() <-chan time.Time { return t.c }

func (t *fakeTimer) Stop() bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	return t.stop()
}

// stop forgets t and drains its channel, as time.Timer does since Go 1.23. The
// clock's lock is held.
func (t *fakeTimer) stop() bool {
	_, active := t.clock.timers[t]
	delete(t.clock.timers, t)
	select {
	case <-t.c:
	default:
	}
	return active
}

func (t *fakeTimer) Reset(d time.Duration) bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	active := t.stop()
	t.due = t.clock.now.Add(d)
	t.clock.timers[t] = struct{}{}
	t.clock.fireIfDue(t)
	return active
}
