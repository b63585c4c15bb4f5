package cloudwatch

import (
	"context"
	"slices"
	"strings"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// maxDeleted is how many alarms one request deletes.
const maxDeleted = 100

// DeleteAlarms deletes alarms, of which one may be a composite one; those that
// do not exist do not matter. An alarm that a composite alarm looks at stays,
// and so do all others.
//
// Spec: CloudWatch API Reference, DeleteAlarms.
func (s *Service) DeleteAlarms(ctx context.Context, in *api.DeleteAlarmsInput) (*api.DeleteAlarmsOutput, error) {
	if len(in.AlarmNames) > maxDeleted {
		return nil, unfit("The collection AlarmNames must not have a size greater than %d.", maxDeleted)
	}
	h, now := homeOf(call.From(ctx)), s.Clock.Now()
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		var all []alarm
		composites := 0
		for _, name := range in.AlarmNames {
			a, ok, err := findAlarm(tx, h, name)
			if err != nil {
				return err
			}
			if ok && !slices.ContainsFunc(all, func(o alarm) bool { return o.name() == name }) {
				all = append(all, a)
			}
			if ok && a.Composite != nil {
				composites++
			}
		}
		if composites > 1 {
			return unfit("Composite alarms can only be deleted one at a time: a request can name at most one composite alarm.")
		}
		if err := checkParents(tx, h, all); err != nil {
			return err
		}
		for i := range all {
			if err := s.deleteAlarm(tx, h, &all[i], now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteAlarmsOutput{}, nil
}

// checkParents refuses to delete alarms that others, which stay, look at.
func checkParents(tx *kv.Tx, h home, all []alarm) error {
	var blocked []string
	for i := range all {
		parents, err := parentsOf(tx, h, all[i].name())
		if err != nil {
			return err
		}
		stays := func(parent string) bool {
			return !slices.ContainsFunc(all, func(o alarm) bool { return o.name() == parent && parent != all[i].name() })
		}
		if slices.ContainsFunc(parents, stays) {
			blocked = append(blocked, all[i].name())
		}
	}
	switch len(blocked) {
	case 0:
		return nil
	case 1:
		return unfit("Cannot delete %s as there are composite alarm(s) depending on it.", blocked[0])
	}
	return unfit("Cannot delete %s as there are composite alarm(s) depending on them.", strings.Join(blocked, ","))
}

// deleteAlarm removes an alarm; its history stays.
func (s *Service) deleteAlarm(tx *kv.Tx, h home, a *alarm, now time.Time) error {
	if err := relink(tx, h, a.name(), a.Composite, nil); err != nil {
		return err
	}
	for _, key := range []kv.Key{h.alarmKey(a.name()), h.key("t", a.name())} {
		if err := tx.Delete(key); err != nil {
			return err
		}
	}
	if err := s.Tasks.CancelKey(tx, evaluateKind, h.alarmARN(a.name())); err != nil {
		return err
	}
	return s.reconfigured(tx, h, "delete", a, a, now)
}
