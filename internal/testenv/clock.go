package testenv

import (
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

// Eventually waits until ok holds, and fails the test if it does not within
// ten seconds of real time. It is for what happens elsewhere (deliveries,
// stack operations) and tells nobody when it has.
func Eventually(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("waited ten seconds in vain: %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}
