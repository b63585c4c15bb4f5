// Package clock gives time to whatever needs it, so that a test can run a day
// in a millisecond.
package clock

import "time"

// Clock tells the time and wakes at one.
type Clock interface {
	Now() time.Time
	// NewTimer returns a timer that fires once d has passed.
	NewTimer(d time.Duration) Timer
}

// Timer fires once on C, unless stopped before.
type Timer interface {
	C() <-chan time.Time
	Stop() bool
	Reset(d time.Duration) bool
}

// System is the machine's clock, in UTC.
type System struct{}

// Now returns the present time in UTC.
func (System) Now() time.Time { return time.Now().UTC() }

// NewTimer returns a timer of the time package.
func (System) NewTimer(d time.Duration) Timer { return systemTimer{time.NewTimer(d)} }

type systemTimer struct{ t *time.Timer }

func (t systemTimer) C() <-chan time.Time        { return t.t.C }
func (t systemTimer) Stop() bool                 { return t.t.Stop() }
func (t systemTimer) Reset(d time.Duration) bool { return t.t.Reset(d) }
