package cloudtrail

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/cloudtrail/history"
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
		trails, kept := map[string][]trail{}, map[home][]history.Event{}
		for _, e := range events {
			if _, ok := trails[e.Account]; !ok {
				list, err := logging(tx, e.Account)
				if err != nil {
					return err
				}
				trails[e.Account] = list
			}
			if err := s.tell(tx, e, trails[e.Account]); err != nil {
				return err
			}
			if e.Class.Data == "" {
				h := home{e.Account, e.Region}
				kept[h] = append(kept[h], remembered(e))
			}
		}
		for h, events := range kept {
			if err := s.remember(tx, h, events); err != nil {
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

// tell hands an event to the trails that select it, and to the event bus if
// there is one.
func (s *Service) tell(tx *kv.Tx, e *record.Event, trails []trail) error {
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

// remembered is what the history keeps of an event.
func remembered(e *record.Event) history.Event {
	return history.Event{
		Place: history.Place{Nanos: e.Time.UnixNano(), ID: e.ID},
		Name:  e.Class.Name, Source: e.Class.Source, ReadOnly: e.Class.ReadOnly, User: e.Username, AccessKey: e.AccessKey,
		Resources: e.Resources, JSON: e.JSON,
	}
}

const (
	foldKind   = "cloudtrail.fold"
	expireKind = "cloudtrail.expire"
	// foldBehind is how old an event is before it goes into a block: calls that
	// end at once commit within it, so that few come late.
	foldBehind = time.Second
	// foldBusy is how soon a home is folded again where there was something to
	// fold: while most of it has not been written to the disk's files.
	foldBusy = time.Second
	// foldIdle is how long there is nothing new before nobody looks any more.
	foldIdle = 5 * time.Second
	// expireEvery is how often, at most, a home is looked through.
	expireEvery = time.Hour
)

// remember writes events to a home's history, and makes sure that they will be
// folded, and removed when they are old.
func (s *Service) remember(tx *kv.Tx, h home, events []history.Event) error {
	arm, err := h.history().Add(tx, events)
	if err != nil || !arm {
		return err
	}
	now := s.Clock.Now()
	if err := s.later(tx, h, foldKind, now.Add(foldBusy)); err != nil {
		return err
	}
	_, there, err := tx.Get(h.expiryKey())
	if err != nil || there {
		return err
	}
	if err := kv.Put(tx, h.expiryKey(), true); err != nil {
		return err
	}
	return s.later(tx, h, expireKind, now.Add(s.options.Retention))
}

// later adds a task of a home.
func (s *Service) later(tx *kv.Tx, h home, kind string, due time.Time) error {
	_, err := s.Tasks.Add(tx, task.Task{
		Kind: kind, Key: h.Account + " " + h.Region, Owner: h.trailARN("history"), Due: due,
		Account: h.Account, Region: h.Region, Body: h,
	})
	return err
}

// fold has events of a home that are not the latest put into blocks, and tells
// whether there were any.
func (s *Service) fold(ctx context.Context, h home) (bool, error) {
	return h.history().Fold(ctx, s.Store, s.Clock.Now().Add(-foldBehind).UnixNano())
}

// runFold folds events of a home until none come any more.
func (s *Service) runFold(ctx context.Context, run *task.Run) error {
	var h home
	if err := run.Decode(&h); err != nil {
		return task.Dead(err)
	}
	folded, err := s.fold(ctx, h)
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	if folded {
		return task.Again(now.Add(foldBusy))
	}
	ended := false
	err = s.Store.Update(ctx, func(tx *kv.Tx) (err error) {
		ended, err = h.history().Rest(tx, now.Add(-foldIdle).UnixNano())
		return err
	})
	if err != nil || ended {
		return err
	}
	return task.Again(now.Add(foldIdle))
}

// disarmFold lets the next event have the home folded again.
func (s *Service) disarmFold(tx *kv.Tx, run *task.Run, _ error) error {
	var h home
	if err := run.Decode(&h); err != nil {
		return nil //nolint:nilerr // a task that cannot be read has no home
	}
	_, err := h.history().Rest(tx, math.MaxInt64)
	return err
}

// runExpire removes the events of a home that are older than the history goes
// back, and comes again.
func (s *Service) runExpire(ctx context.Context, run *task.Run) error {
	var h home
	if err := run.Decode(&h); err != nil {
		return task.Dead(err)
	}
	cutoff := s.now().Add(-s.options.Retention).UnixNano()
	for more := true; more; {
		err := s.Store.Update(ctx, func(tx *kv.Tx) (err error) {
			more, err = h.history().Expire(tx, cutoff)
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
