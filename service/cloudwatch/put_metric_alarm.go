package cloudwatch

import (
	"context"
	"fmt"
	"slices"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// PutMetricAlarm creates an alarm on a metric or on metric math, or replaces its
// configuration: its state and its tags stay. It is evaluated soon after.
//
// Spec: CloudWatch API Reference, PutMetricAlarm.
func (s *Service) PutMetricAlarm(ctx context.Context, in *api.PutMetricAlarmInput) (*api.PutMetricAlarmOutput, error) {
	if err := checkAlarm(in); err != nil {
		return nil, err
	}
	h, now, version := homeOf(call.From(ctx)), s.Clock.Now(), s.IDs.UUID()
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		return s.putAlarm(tx, h, *in, nil, version, now)
	})
	if err != nil {
		return nil, err
	}
	return &api.PutMetricAlarmOutput{}, nil
}

// putAlarm stores an alarm with all that follows: its links, its history, the
// event and its evaluation.
func (s *Service) putAlarm(tx *kv.Tx, h home, config api.PutMetricAlarmInput, c *composite, version string, now time.Time) error {
	old, known, err := findAlarm(tx, h, config.AlarmName)
	if err != nil {
		return err
	}
	if known && (old.Composite != nil) != (c != nil) {
		return unfit("An alarm of another type with the name %s exists already.", config.AlarmName)
	}
	a := old
	if !known {
		a = alarm{State: api.StateValueInsufficientData, Reason: "Unchecked: Initial alarm creation", Changed: now, Transitioned: now, Tags: tagMap(config.Tags)}
	}
	if c != nil && known {
		c.Acted, c.SuppressedBy, c.SuppressedReason, c.Until = old.Composite.Acted, old.Composite.SuppressedBy, old.Composite.SuppressedReason, old.Composite.Until
	}
	a.Config, a.Composite, a.Version, a.Updated = config, c, version, now
	a.Config.Tags = nil
	a.Actions = config.ActionsEnabled == nil || *config.ActionsEnabled
	if err := relink(tx, h, a.name(), old.Composite, c); err != nil {
		return err
	}
	if err := kv.Put(tx, h.alarmKey(a.name()), a); err != nil {
		return err
	}
	operation := "create"
	if known {
		operation = "update"
	}
	if err := s.reconfigured(tx, h, operation, &old, &a, now); err != nil {
		return err
	}
	return s.evaluateLater(tx, h, &a, now)
}

// reconfigured notes in the history, and tells the event bus, that an alarm was
// created, updated or deleted.
func (s *Service) reconfigured(tx *kv.Tx, h home, operation string, old, a *alarm, now time.Time) error {
	summary := fmt.Sprintf("Alarm %q %sd", a.name(), operation)
	data := map[string]any{"version": "1.0"}
	switch operation {
	case "create":
		data["type"], data["createdAlarm"] = "Create", a.configuration(h)
	case "delete":
		data["type"], data["deletedAlarm"] = "Delete", a.configuration(h)
	default:
		data["type"], data["updatedAlarm"], data["originalUpdatedFields"] = "Update", a.configuration(h), differing(old.configuration(h), a.configuration(h))
	}
	r := record{At: now, Type: api.HistoryItemTypeConfigurationUpdate, Summary: summary, Data: mustJSON(data), Composite: a.Composite != nil}
	if err := s.note(tx, h, a.name(), r); err != nil {
		return err
	}
	return s.emitConfiguration(tx, h, operation, old, a, now)
}

// ordered is a list in order.
func ordered(all []string) []string {
	slices.Sort(all)
	return all
}
