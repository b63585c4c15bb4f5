package cloudwatch

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/task"
)

// stamp is the form of times in messages and in history.
const stamp = "2006-01-02T15:04:05.000-0700"

// mustJSON writes what always can be written.
func mustJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "{}"
	}
	return string(text)
}

// transition gives an alarm a state, with all that follows: history, the event,
// the actions' deliveries and the evaluation of the composite alarms above it.
func (s *Service) transition(tx *kv.Tx, h home, a *alarm, v verdict, now time.Time) error {
	old := *a
	a.State, a.Reason, a.ReasonData, a.Changed = v.state, v.reason, v.data, now
	if old.State == v.state {
		return kv.Put(tx, h.alarmKey(a.name()), *a)
	}
	a.Transitioned = now
	if err := kv.Put(tx, h.alarmKey(a.name()), *a); err != nil {
		return err
	}
	data := mustJSON(map[string]any{"version": "1.0", "oldState": historyState(&old), "newState": historyState(a)})
	r := record{At: now, Type: api.HistoryItemTypeStateUpdate, Summary: "Alarm updated from " + old.State + " to " + v.state, Data: data, Composite: a.Composite != nil}
	if err := s.note(tx, h, a.name(), r); err != nil {
		return err
	}
	if err := s.tellParents(tx, h, a.name(), now); err != nil {
		return err
	}
	a.before = &old
	if c := a.Composite; c != nil {
		if !c.Until.IsZero() && now.After(c.Until) {
			c.clear() // that wait was an earlier state's; its end has not been looked at yet
		}
		if err := s.settle(tx, h, a, now); err != nil {
			return err
		}
	} else if a.Actions {
		if err := s.actAll(tx, h, a, now); err != nil {
			return err
		}
	}
	return s.Emit(tx, service.Event{
		Account: h.Account, Region: h.Region, Source: "aws.cloudwatch", DetailType: "CloudWatch Alarm State Change",
		Resources: []string{h.alarmARN(a.name())}, Detail: a.alarmData(&old), Time: now,
	})
}

// tellParents has the composite alarms evaluated that look at an alarm.
func (s *Service) tellParents(tx *kv.Tx, h home, name string, now time.Time) error {
	parents, err := parentsOf(tx, h, name)
	if err != nil {
		return err
	}
	for _, parent := range parents {
		p, ok, err := findAlarm(tx, h, parent)
		if err != nil {
			return err
		}
		if ok {
			if err := s.evaluateLater(tx, h, &p, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// actions are those of the alarm's state.
func (a *alarm) actions() []string {
	switch a.State {
	case api.StateValueAlarm:
		return a.Config.AlarmActions
	case api.StateValueOk:
		return a.Config.OKActions
	}
	return a.Config.InsufficientDataActions
}

// actAll carries out the actions of the alarm's state.
func (s *Service) actAll(tx *kv.Tx, h home, a *alarm, now time.Time) error {
	for _, action := range a.actions() {
		if err := s.act(tx, h, a, a.before, action, now); err != nil {
			return err
		}
	}
	return nil
}

// act writes the delivery of an action, and that it was written. An action of a
// service that is not here fails, and the history says so.
func (s *Service) act(tx *kv.Tx, h home, a, old *alarm, action string, now time.Time) error {
	d := task.Delivery{
		Target: action, SourceARN: h.alarmARN(a.name()), Account: h.Account, Region: h.Region,
		Policy: task.Policy{MaxAge: time.Hour},
	}
	data := map[string]any{"actionState": "Succeeded", "stateUpdateTimestamp": a.Changed.UnixMilli(), "notificationResource": action}
	summary := "Successfully executed action " + action
	switch {
	case strings.HasPrefix(action, "arn:aws:lambda:"):
		d.Principal = "lambda.alarms.cloudwatch.amazonaws.com"
		d.Payload = []byte(mustJSON(map[string]any{
			"source": "aws.cloudwatch", "alarmArn": d.SourceARN, "accountId": h.Account, "region": h.Region,
			"time": now.UTC().Format(stamp), "alarmData": a.alarmData(old),
		}))
	case strings.HasPrefix(action, "arn:aws:sns:"):
		d.Principal = "cloudwatch.amazonaws.com"
		d.Payload = []byte(mustJSON(a.message(h, old)))
		d.Subject = fmt.Sprintf("%s: %q in %s", a.State, a.name(), regionName(h.Region))
		if len(d.Subject) > 100 {
			d.Subject = d.Subject[:100]
		}
	default:
		summary = "Failed to execute action " + action
		data["actionState"], data["error"] = "Failed", "The service of this action is not implemented."
	}
	if d.Principal != "" {
		data["publishedMessage"] = string(d.Payload)
		if err := s.Tasks.Deliver(tx, d); err != nil {
			return fmt.Errorf("deliver action: %w", err)
		}
	}
	return s.note(tx, h, a.name(), record{At: now, Type: api.HistoryItemTypeAction, Summary: summary, Data: mustJSON(data), Composite: a.Composite != nil})
}
