package cloudwatch

import (
	"fmt"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/kv"
)

// settle carries out the actions of a composite alarm's state that are due, or
// suppresses them: while its suppressor is in ALARM, for some time after, and
// while it is still waited for. It stores the alarm, and its task when time is
// what it waits for.
func (s *Service) settle(tx *kv.Tx, h home, a *alarm, now time.Time) error {
	c := a.Composite
	due := c.Acted != a.State
	suppressed, err := a.suppressed(tx, h)
	if err != nil {
		return err
	}
	switch {
	case !due || !a.Actions:
		c.clear()
		c.Acted = a.State
	case suppressed:
		c.SuppressedBy, c.Until = api.ActionsSuppressedByAlarm, time.Time{}
		c.SuppressedReason = fmt.Sprintf("Actions suppressed by %s", c.Suppressor)
	case c.SuppressedBy == api.ActionsSuppressedByAlarm && c.Extension > 0:
		c.hold(api.ActionsSuppressedByExtensionPeriod, now.Add(c.Extension))
	case c.SuppressedBy == "" && c.Suppressor != "" && c.Wait > 0:
		c.hold(api.ActionsSuppressedByWaitPeriod, now.Add(c.Wait))
	case c.Until.After(now): // goes on waiting
	default:
		if a.before == nil { // what was suppressed is done now
			a.before = &alarm{Config: a.Config, Composite: c, State: c.Acted, Changed: a.Changed}
		}
		c.clear()
		c.Acted = a.State
		if err := s.actAll(tx, h, a, now); err != nil {
			return err
		}
	}
	if err := kv.Put(tx, h.alarmKey(a.name()), *a); err != nil {
		return err
	}
	if c.Until.After(now) {
		return s.evaluateLater(tx, h, a, c.Until)
	}
	return nil
}

// suppressed says whether the alarm's suppressor is in ALARM.
func (a *alarm) suppressed(tx *kv.Tx, h home) (bool, error) {
	if a.Composite.Suppressor == "" {
		return false, nil
	}
	by, _, err := findAlarm(tx, h, alarmName(a.Composite.Suppressor))
	return by.State == api.StateValueAlarm, err
}

// hold suppresses actions until a time.
func (c *composite) hold(by string, until time.Time) {
	c.SuppressedBy, c.Until = by, until
	c.SuppressedReason = fmt.Sprintf("Actions suppressed by %s until %s", by, until.UTC().Format(stamp))
}

// clear ends a suppression.
func (c *composite) clear() { c.SuppressedBy, c.SuppressedReason, c.Until = "", "", time.Time{} }
