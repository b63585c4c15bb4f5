package cloudwatch

import (
	"fmt"
	"slices"
	"strings"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/cloudwatch/rule"
)

// maxParents is how many composite alarms may look at one alarm.
const maxParents = 150

// composite is what a composite alarm has beyond others.
type composite struct {
	Rule       string
	Suppressor string // by name or ARN, as it was given; "" for none
	Wait       time.Duration
	Extension  time.Duration

	// Acted is the state whose actions were carried out last: while it is not
	// the alarm's, actions are due or suppressed.
	Acted            string
	SuppressedBy     string
	SuppressedReason string
	Until            time.Time // when the wait or extension period ends
}

// link is the row below a child that names a composite alarm which looks at it.
type link struct {
	Rule       bool // its rule names the child
	Suppressor bool // the child suppresses its actions
}

// linkKey is the row of a link.
func (h home) linkKey(child, parent string) kv.Key { return h.key("p", child, parent) }

// links are the alarms that a composite alarm looks at.
func (c *composite) links() map[string]link {
	out := make(map[string]link)
	if r, err := rule.Parse(c.Rule); err == nil {
		for _, ref := range r.Children {
			out[alarmName(ref)] = link{Rule: true}
		}
	}
	if c.Suppressor != "" {
		l := out[alarmName(c.Suppressor)]
		l.Suppressor = true
		out[alarmName(c.Suppressor)] = l
	}
	return out
}

// relink writes the links of an alarm in place of those of the one before. It
// fails when an alarm has too many.
func relink(tx *kv.Tx, h home, name string, before, after *composite) error {
	if before != nil {
		for child := range before.links() {
			if err := tx.Delete(h.linkKey(child, name)); err != nil {
				return err
			}
		}
	}
	if after == nil {
		return nil
	}
	for child, l := range after.links() {
		parents, err := parentsOf(tx, h, child)
		if err != nil {
			return err
		}
		if len(parents) >= maxParents {
			return unfit("The alarm %s can be in the rules of at most %d composite alarms.", child, maxParents)
		}
		if err := kv.Put(tx, h.linkKey(child, name), l); err != nil {
			return err
		}
	}
	return nil
}

// parentsOf returns the composite alarms that look at an alarm, by name.
func parentsOf(tx *kv.Tx, h home, child string) ([]string, error) {
	var out []string
	for row, err := range kv.Scan[link](tx, kv.Prefix(h.key("p", child))) {
		if err != nil {
			return nil, fmt.Errorf("list parents of alarm: %w", err)
		}
		var parent string
		if err := row.Key.Scan(5, &parent); err != nil {
			return nil, err
		}
		out = append(out, parent)
	}
	return out, nil
}

// children are the alarms that the rule names, those that exist, by name.
func (c *composite) children(tx *kv.Tx, h home) (map[string]alarm, error) {
	out := make(map[string]alarm)
	for name, l := range c.links() {
		if !l.Rule {
			continue
		}
		a, ok, err := findAlarm(tx, h, name)
		if err != nil {
			return nil, err
		}
		if ok {
			out[name] = a
		}
	}
	return out, nil
}

// inCircle says whether an alarm's state depends on itself.
func inCircle(tx *kv.Tx, h home, name string, c *composite) (bool, error) {
	seen := make(map[string]bool)
	var reaches func(c *composite) (bool, error)
	reaches = func(c *composite) (bool, error) {
		children, err := c.children(tx, h)
		if err != nil {
			return false, err
		}
		for child, a := range children {
			if child == name {
				return true, nil
			}
			if a.Composite == nil || seen[child] {
				continue
			}
			seen[child] = true
			if found, err := reaches(a.Composite); found || err != nil {
				return found, err
			}
		}
		return false, nil
	}
	return reaches(c)
}

// judgeComposite is the state that the rule makes, and the reason: the child
// that changed last.
func (a *alarm) judgeComposite(tx *kv.Tx, h home) (verdict, error) {
	r, err := rule.Parse(a.Composite.Rule)
	if err != nil {
		return verdict{}, fmt.Errorf("read rule: %w", err)
	}
	children, err := a.Composite.children(tx, h)
	if err != nil {
		return verdict{}, err
	}
	v := verdict{state: api.StateValueOk}
	if r.Eval(func(ref string) string { return children[alarmName(ref)].State }) {
		v.state = api.StateValueAlarm
	}
	var names []string
	for name := range children {
		names = append(names, name)
	}
	slices.Sort(names)
	var last *alarm
	for _, name := range names {
		if c := children[name]; last == nil || c.Transitioned.After(last.Transitioned) {
			last = &c
		}
	}
	if last == nil {
		v.reason = "The alarm rule is " + strings.ToUpper(fmt.Sprint(v.state == api.StateValueAlarm)) + "."
		v.data = mustJSON(map[string]any{"triggeringAlarms": []any{}})
		return v, nil
	}
	arn := h.alarmARN(last.name())
	v.reason = fmt.Sprintf("%s transitioned to %s at %s", arn, last.State, last.Transitioned.UTC().Format("Monday 02 January, 2006 15:04:05 MST"))
	v.data = mustJSON(map[string]any{"triggeringAlarms": []any{map[string]any{
		"arn": arn, "state": map[string]any{"value": last.State, "timestamp": last.Transitioned.UTC().Format(stamp)},
	}}})
	return v, nil
}

// describedComposite is a composite alarm as DescribeAlarms tells it.
func (a *alarm) describedComposite(h home) api.CompositeAlarm {
	c, k := &a.Config, a.Composite
	m := api.CompositeAlarm{
		AlarmName: &c.AlarmName, AlarmArn: new(h.alarmARN(c.AlarmName)), AlarmDescription: c.AlarmDescription, AlarmRule: &k.Rule,
		AlarmConfigurationUpdatedTimestamp: &a.Updated, ActionsEnabled: &a.Actions,
		OKActions: list(c.OKActions), AlarmActions: list(c.AlarmActions), InsufficientDataActions: list(c.InsufficientDataActions),
		StateValue: &a.State, StateReason: &a.Reason, StateUpdatedTimestamp: &a.Changed, StateTransitionedTimestamp: &a.Transitioned,
	}
	if a.ReasonData != "" {
		m.StateReasonData = &a.ReasonData
	}
	if k.Suppressor != "" {
		m.ActionsSuppressor = &k.Suppressor
		m.ActionsSuppressorWaitPeriod = new(int32(k.Wait / time.Second))
		m.ActionsSuppressorExtensionPeriod = new(int32(k.Extension / time.Second))
	}
	if k.SuppressedBy != "" {
		m.ActionsSuppressedBy, m.ActionsSuppressedReason = &k.SuppressedBy, &k.SuppressedReason
	}
	return m
}
