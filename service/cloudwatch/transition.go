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

// deliverable says whether an action is one that can be carried out.
func deliverable(action string) bool {
	return strings.HasPrefix(action, "arn:aws:sns:") || strings.HasPrefix(action, "arn:aws:lambda:")
}

// reason says in words why an alarm is in a state.
func (a *alarm) reason(state string, real []sample) string {
	if len(real) == 0 {
		return fmt.Sprintf("Threshold Crossed: no datapoints were received for %d periods and %d missing datapoints were treated as [%s].",
			*a.Config.EvaluationPeriods, *a.Config.EvaluationPeriods, a.missing())
	}
	values := make([]string, len(real))
	for i, p := range real {
		values[i] = fmt.Sprintf("%s (%s)", number(p.value), p.at.UTC().Format("02/01/06 15:04:05"))
	}
	was, turn := "was", "ALARM -> OK"
	if state == api.StateValueAlarm {
		turn = "OK -> ALARM"
	} else {
		was = "was not"
	}
	noun := "datapoint"
	if len(real) > 1 {
		noun, was = "datapoints", strings.Replace(was, "was", "were", 1)
	}
	return fmt.Sprintf("Threshold Crossed: %d out of the last %d datapoints [%s] %s %s the threshold (%s) (minimum %d %s for %s transition).",
		len(real), *a.Config.EvaluationPeriods, strings.Join(values, ", "), was, signs()[*a.Config.ComparisonOperator], number(*a.Config.Threshold), a.needed(), noun, turn)
}

// reasonData is the reason for programs.
func (a *alarm) reasonData(real []sample, now time.Time) string {
	values := []float64{}
	d := map[string]any{
		"version": "1.0", "queryDate": now.UTC().Format(stamp), "statistic": a.stat(),
		"period": *a.Config.Period, "threshold": *a.Config.Threshold,
	}
	for _, p := range real {
		values = append(values, p.value)
		d["startDate"] = p.at.UTC().Format(stamp)
	}
	d["recentDatapoints"] = values
	return mustJSON(d)
}

// mustJSON writes what always can be written.
func mustJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "{}"
	}
	return string(text)
}

// transition gives an alarm a state, with all that follows: history, the
// actions' deliveries and the event.
func (s *Service) transition(tx *kv.Tx, h home, a *alarm, v verdict, now time.Time) error {
	old := *a
	name := a.Config.AlarmName
	a.State, a.Reason, a.ReasonData, a.Changed = v.state, v.reason, v.data, now
	if old.State == v.state {
		return kv.Put(tx, h.alarmKey(name), *a)
	}
	a.Transitioned = now
	if err := kv.Put(tx, h.alarmKey(name), *a); err != nil {
		return err
	}
	data := mustJSON(map[string]any{"version": "1.0", "oldState": historyState(&old), "newState": historyState(a)})
	if err := note(tx, h, name, record{now, api.HistoryItemTypeStateUpdate, "Alarm updated from " + old.State + " to " + v.state, data}); err != nil {
		return err
	}
	err := s.Emit(tx, service.Event{
		Account: h.Account, Region: h.Region, Source: "aws.cloudwatch", DetailType: "CloudWatch Alarm State Change",
		Resources: []string{h.alarmARN(name)}, Detail: a.alarmData(&old), Time: now,
	})
	if err != nil || !a.Actions {
		return err
	}
	for _, action := range a.actions() {
		if err := s.act(tx, h, a, &old, action, now); err != nil {
			return err
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

// act writes the delivery of an action, and that it was written.
func (s *Service) act(tx *kv.Tx, h home, a, old *alarm, action string, now time.Time) error {
	d := task.Delivery{
		Target: action, SourceARN: h.alarmARN(a.Config.AlarmName), Account: h.Account, Region: h.Region,
		Policy: task.Policy{MaxAge: time.Hour},
	}
	if strings.HasPrefix(action, "arn:aws:lambda:") {
		d.Principal = "lambda.alarms.cloudwatch.amazonaws.com"
		d.Payload = []byte(mustJSON(map[string]any{
			"source": "aws.cloudwatch", "alarmArn": d.SourceARN, "accountId": h.Account, "region": h.Region,
			"time": now.UTC().Format(stamp), "alarmData": a.alarmData(old),
		}))
	} else {
		d.Principal = "cloudwatch.amazonaws.com"
		d.Payload = []byte(mustJSON(a.message(h, old)))
		d.Subject = fmt.Sprintf("%s: %q in %s", a.State, a.Config.AlarmName, regionName(h.Region))
		if len(d.Subject) > 100 {
			d.Subject = d.Subject[:100]
		}
	}
	if err := s.Tasks.Deliver(tx, d); err != nil {
		return fmt.Errorf("deliver action: %w", err)
	}
	data := mustJSON(map[string]any{"actionState": "Succeeded", "stateUpdateTimestamp": now.UnixMilli(), "notificationResource": action, "publishedMessage": string(d.Payload)})
	return note(tx, h, a.Config.AlarmName, record{now, api.HistoryItemTypeAction, "Successfully executed action " + action, data})
}
