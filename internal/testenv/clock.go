package testenv

import (
	"testing"
	"time"

	"maru.dev/maru/clock"
)

// Now is the server's time.
func (e *Env) Now() time.Time { return e.platform.Config().Clock.Now() }

// Advance moves the server's clock ahead.
func (e *Env) Advance(d time.Duration) {
	e.t.Helper()
	switch c := e.platform.Config().Clock.(type) {
	case *clock.Adjustable:
		c.Advance(d)
	case *clock.Fake:
		c.Advance(d)
	default:
		e.t.Fatalf("a clock of type %T cannot be moved", c)
	}
}

// Rest waits until no task runs, and what came of those that ran is written: the
// clock can be moved without ending the lease of one, which would be run again,
// and before the retry of one has its time.
func (e *Env) Rest() {
	e.t.Helper()
	Eventually(e.t, "no task runs", func() bool { return e.Deps().Tasks.Running() == 0 })
}

// Eventually waits until ok holds, and fails the test if it does not within
// two minutes of real time, which are many on a machine that does nothing else.
// It is for what happens elsewhere (deliveries, stack operations) and tells
// nobody when it has.
func Eventually(tb testing.TB, what string, ok func() bool) {
	tb.Helper()
	real := clock.System{}
	deadline := real.Now().Add(2 * time.Minute)
	for !ok() {
		if real.Now().After(deadline) {
			tb.Fatalf("waited two minutes in vain: %s", what)
		}
		<-real.NewTimer(5 * time.Millisecond).C()
	}
}
