package events

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/kv"
	"maru.dev/maru/task"
)

const (
	// replayKind is the kind of the tasks that replay.
	replayKind = "events.replay"
	// replayPage and replayBytes bound what one transaction replays.
	replayPage  = 100
	replayBytes = 4 << 20
)

func (h home) replayARN(name string) string { return h.arn("replay/" + name) }

// loadReplay reads a replay.
func loadReplay(tx *kv.Tx, h home, name string) (*replay, error) {
	r, ok, err := kv.Get[replay](tx, h.replayKey(name))
	switch {
	case err != nil:
		return nil, fmt.Errorf("load replay: %w", err)
	case !ok:
		return nil, notFound("Replay %s does not exist.", name)
	}
	return &r, nil
}

// over tells whether a replay has ended, one way or another.
func (r *replay) over() bool {
	return r.State == api.ReplayStateCompleted || r.State == api.ReplayStateCancelled || r.State == api.ReplayStateFailed
}

// runReplay replays page after page. Each page is a transaction with the note
// of how far it came, so that no event is replayed twice.
func (s *Service) runReplay(ctx context.Context, run *task.Run) error {
	var name string
	if err := run.Decode(&name); err != nil {
		return task.Dead(err)
	}
	h := home{run.Account, run.Region}
	for more := true; more; {
		now := s.Clock.Now()
		err := s.Store.Update(ctx, func(tx *kv.Tx) error {
			if err := run.Hold(tx); err != nil {
				return err
			}
			r, ok, err := kv.Get[replay](tx, h.replayKey(name))
			if err != nil {
				return fmt.Errorf("load replay: %w", err)
			}
			more = false
			if !ok || r.over() {
				return run.Done(tx)
			}
			if r.State == api.ReplayStateCancelling {
				r.State, r.Ended = api.ReplayStateCancelled, &now
			} else if more, err = s.replayPage(tx, h, name, &r, now); err != nil {
				return err
			}
			if err := kv.Put(tx, h.replayKey(name), r); err != nil || more {
				return err
			}
			return run.Done(tx)
		})
		if err != nil {
			return err
		}
		if more {
			if err := run.Extend(ctx, time.Minute); err != nil {
				return err
			}
		}
	}
	return nil
}

// replayFailed notes that a replay was given up.
func (s *Service) replayFailed(tx *kv.Tx, run *task.Run, reason error) error {
	var name string
	if err := run.Decode(&name); err != nil {
		return nil //nolint:nilerr // there is no replay to tell it to
	}
	h, now := home{run.Account, run.Region}, s.Clock.Now()
	r, ok, err := kv.Get[replay](tx, h.replayKey(name))
	if err != nil || !ok {
		return err
	}
	r.State, r.Reason, r.Ended = api.ReplayStateFailed, reason.Error(), &now
	return kv.Put(tx, h.replayKey(name), r)
}

// replayPage replays the next events, and tells whether there may be more.
func (s *Service) replayPage(tx *kv.Tx, h home, name string, r *replay, now time.Time) (more bool, err error) {
	r.State = api.ReplayStateRunning
	destination, err := busOf(h, &r.Destination.Arn)
	if err != nil {
		return false, err
	}
	rows := kv.Range{From: h.archivedKey(r.ArchiveID).With(r.From), To: h.archivedKey(r.ArchiveID).With(r.To)}
	if r.Cursor != nil {
		rows = rows.After(kv.Key(r.Cursor))
	}
	var (
		text     []byte
		last     string
		at       time.Time
		n, bytes int
	)
	flush := func() error {
		if text == nil {
			return nil
		}
		r.Last = new(at)
		return s.replayEvent(tx, destination, name, r, text, now)
	}
	for row, err := range tx.Scan(rows) {
		if err != nil {
			return false, fmt.Errorf("scan archive: %w", err)
		}
		t, id, part, err := archivedPlace(row.Key)
		if err != nil {
			return false, err
		}
		if part == 0 || id != last {
			if err := flush(); err != nil {
				return false, err
			}
			if n == replayPage || bytes > replayBytes {
				return true, nil
			}
			text, n, last, at = nil, n+1, id, t
		}
		text, bytes = append(text, row.Value...), bytes+len(row.Value)
		r.Cursor = row.Key
	}
	if err := flush(); err != nil {
		return false, err
	}
	r.State, r.Ended = api.ReplayStateCompleted, &now
	return false, nil
}

// archivedEvent is an event as archives have it.
type archivedEvent struct {
	ID         string          `json:"id"`
	Source     string          `json:"source"`
	DetailType string          `json:"detail-type"`
	Account    string          `json:"account"`
	Region     string          `json:"region"`
	Time       time.Time       `json:"time"`
	Resources  []string        `json:"resources"`
	Detail     json.RawMessage `json:"detail"`
}

// readArchived reads an event that was archived.
func readArchived(text []byte) (*event, error) {
	var a archivedEvent
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, fmt.Errorf("read archived event: %w", err)
	}
	return &event{
		id: a.ID, source: a.Source, detailType: a.DetailType, account: a.Account, region: a.Region, time: a.Time, resources: a.Resources, detail: a.Detail,
	}, nil
}

// replayEvent puts one archived event on its bus again.
func (s *Service) replayEvent(tx *kv.Tx, destination busRef, name string, r *replay, text []byte, now time.Time) error {
	e, err := readArchived(text)
	if err != nil {
		return err
	}
	e.bus, e.replay, e.only, e.ingested = destination, name, r.Destination.FilterArns, now
	return s.publish(tx, e)
}
