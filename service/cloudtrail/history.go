package cloudtrail

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	api "maru.dev/maru/api/cloudtrail"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/cloudtrail/record"
	"maru.dev/maru/service/cloudtrail/selector"
	"maru.dev/maru/task"
)

// maxOnBus is how large a record may be that goes onto an event bus, with its
// envelope.
const maxOnBus = 255 << 10

// write commits events: to the history, to the trails that select them, and to
// the default event bus.
func (s *Service) write(ctx context.Context, events []*record.Event) error {
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		trails := map[string][]trail{}
		for _, e := range events {
			if _, ok := trails[e.Account]; !ok {
				list, err := logging(tx, e.Account)
				if err != nil {
					return err
				}
				trails[e.Account] = list
			}
			if err := s.put(tx, e, trails[e.Account]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	return nil
}

// put writes one event.
func (s *Service) put(tx *kv.Tx, e *record.Event, trails []trail) error {
	if e.Class.Data == "" {
		if err := s.remember(tx, e); err != nil {
			return err
		}
	}
	seen := selector.Event{Class: e.Class, Resources: e.Resources, UserARN: e.UserARN, Error: e.Error}
	selected := false
	for i := range trails {
		t := &trails[i]
		if !t.sees(e.Class, e.Region) || !t.Selectors.Match(&seen) {
			continue
		}
		selected = true
		if err := s.queue(tx, t, e); err != nil {
			return err
		}
	}
	if !selected || len(e.JSON) > maxOnBus {
		return nil
	}
	return s.Emit(tx, service.Event{
		Account: e.Account, Region: e.Region, Source: e.Class.EventBus(), DetailType: "AWS API Call via CloudTrail",
		Resources: []string{}, Detail: json.RawMessage(e.JSON), Time: e.Time,
		ReadOnly: e.Class.Data == "" && e.Class.ReadOnly,
	})
}

// attributes are the values by which an event can be looked up.
func attributes(id string, e *stored) [][2]string {
	readOnly := "false"
	if e.ReadOnly {
		readOnly = "true"
	}
	out := [][2]string{
		{api.LookupAttributeKeyEventId, id},
		{api.LookupAttributeKeyEventName, e.Name},
		{api.LookupAttributeKeyEventSource, e.Source},
		{api.LookupAttributeKeyReadOnly, readOnly},
	}
	add := func(key, value string) {
		if value != "" && len(value) <= maxAttribute {
			out = append(out, [2]string{key, value})
		}
	}
	add(api.LookupAttributeKeyUsername, e.User)
	add(api.LookupAttributeKeyAccessKeyId, e.AccessKey)
	for _, r := range e.Resources {
		add(api.LookupAttributeKeyResourceType, r.Type)
		add(api.LookupAttributeKeyResourceName, r.Name)
	}
	return out
}

// remember writes an event to the history, with its index.
func (s *Service) remember(tx *kv.Tx, e *record.Event) error {
	h := home{e.Account, e.Region}
	row := stored{
		Name: e.Class.Name, Source: e.Class.Source, ReadOnly: e.Class.ReadOnly, User: e.Username, AccessKey: e.AccessKey,
		Resources: e.Resources, JSON: e.JSON,
	}
	if err := kv.Put(tx, h.eventKey(e.Time, e.ID), row); err != nil {
		return err
	}
	for _, a := range attributes(e.ID, &row) {
		if err := tx.Put(h.indexKey(a[0], a[1], e.Time, e.ID), nil); err != nil {
			return err
		}
	}
	return s.expect(tx, h, e.Time)
}

const (
	expireKind = "cloudtrail.expire"
	// expireChunk is how many events are removed in one transaction.
	expireChunk = 200
	// expireEvery is how often, at most, a home is looked through.
	expireEvery = time.Hour
)

// expect makes sure that old events of a home will be removed, in the
// transaction that writes the home's first.
func (s *Service) expect(tx *kv.Tx, h home, now time.Time) error {
	_, there, err := tx.Get(h.expiryKey())
	if err != nil || there {
		return err
	}
	if err := kv.Put(tx, h.expiryKey(), true); err != nil {
		return err
	}
	_, err = s.Tasks.Add(tx, task.Task{
		Kind: expireKind, Key: h.Account + " " + h.Region, Owner: h.trailARN("history"), Due: now.Add(s.options.Retention),
		Account: h.Account, Region: h.Region, Body: h,
	})
	return err
}

// runExpire removes the events of a home that are older than the history goes
// back, and comes again.
func (s *Service) runExpire(ctx context.Context, run *task.Run) error {
	var h home
	if err := run.Decode(&h); err != nil {
		return task.Dead(err)
	}
	cutoff := s.now().Add(-s.options.Retention)
	for more := true; more; {
		err := s.Store.Update(ctx, func(tx *kv.Tx) (err error) {
			more, err = expire(tx, h, cutoff)
			return err
		})
		if err != nil {
			return err
		}
		if err := run.Extend(ctx, time.Minute); err != nil {
			return err
		}
	}
	return task.Again(s.now().Add(min(expireEvery, s.options.Retention)))
}

// expire removes some of the oldest events, and tells whether there are more.
func expire(tx *kv.Tx, h home, cutoff time.Time) (more bool, err error) {
	r := kv.Range{From: h.key("h", int64(0)), To: h.key("h", cutoff.UnixNano()), Limit: expireChunk}
	n := 0
	for row, err := range kv.Scan[stored](tx, r) {
		if err != nil {
			return false, err
		}
		n++
		var nanos int64
		var id string
		if err := row.Key.Scan(4, &nanos, &id); err != nil {
			return false, err
		}
		if err := tx.Delete(row.Key); err != nil {
			return false, err
		}
		for _, a := range attributes(id, &row.Value) {
			if err := tx.Delete(h.indexKey(a[0], a[1], time.Unix(0, nanos), id)); err != nil {
				return false, err
			}
		}
	}
	return n == expireChunk, nil
}
