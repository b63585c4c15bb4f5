package clock

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestAdvanceFiresTheTimersThatAreThenDue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := NewAdjustable(0)
		start := c.Now()
		soon, late := c.NewTimer(time.Hour), c.NewTimer(48*time.Hour)
		c.Advance(24 * time.Hour)
		synctest.Wait()
		select {
		case at := <-soon.C():
			if at.Sub(start) < 24*time.Hour {
				t.Errorf("fired at %s, which is before the clock's new time", at)
			}
		default:
			t.Error("the timer that was due did not fire")
		}
		select {
		case <-late.C():
			t.Error("the timer that is not due fired")
		default:
		}
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		select {
		case <-late.C():
		default:
			t.Error("the later timer did not fire when the clock had gone on to it")
		}
	})
}

func TestAClockIsNotMovedBeyondItsLatestTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := NewAdjustable(0)
		timer := c.NewTimer(50 * 365 * 24 * time.Hour)
		for range 3 {
			c.Advance(1<<63 - 1)
			if !c.Now().Equal(Latest()) {
				t.Errorf("it stands at %s", c.Now())
			}
		}
		<-timer.C()
		time.Sleep(time.Hour)
		c.Advance(time.Hour)
		if c.Now().Sub(Latest()) != time.Hour {
			t.Errorf("it was moved to %s once it had gone on by itself", c.Now())
		}
	})
}

func TestAdjustableTimerStopsAndStartsAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := NewAdjustable(time.Hour)
		timer := c.NewTimer(time.Minute)
		if !timer.Stop() {
			t.Error("a set timer was not active")
		}
		c.Advance(time.Hour)
		synctest.Wait()
		select {
		case <-timer.C():
			t.Error("a stopped timer fired")
		default:
		}
		if timer.Reset(time.Minute) {
			t.Error("a stopped timer was active")
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		select {
		case <-timer.C():
		default:
			t.Error("a timer that was set anew did not fire")
		}
	})
}
