package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"maru.dev/maru/kv"
)

const (
	// maxState is how much a window may carry from one invocation to the next.
	// With more it ends early.
	maxState = 1 << 20
	// lateness is how long after its end a window waits for records whose
	// requests were under way then, unless a later record comes.
	lateness = time.Second
	// aheadBy is how far ahead of the clock a window may begin: by another node's
	// clock, or before this one was corrected.
	aheadBy = time.Minute
)

// freshState is what the first invocation of a window is given.
const freshState = "{}"

// Window is what an invocation learns of the tumbling window that it aggregates:
// the members of its event beside the records.
//
// Spec: Lambda Developer Guide, Implementing stateful DynamoDB stream processing.
type Window struct {
	Span struct {
		Start time.Time `json:"start"`
		End   time.Time `json:"end"`
	} `json:"window"`
	State     json.RawMessage `json:"state"`
	Shard     string          `json:"shardId"`
	SourceARN string          `json:"eventSourceARN"`
	Final     bool            `json:"isFinalInvokeForWindow"`
	Early     bool            `json:"isWindowTerminatedEarly"`
}

// window is the open tumbling window of a shard. It is kept with the
// checkpoint: what its state tells of is just what was read.
type window struct {
	Start, End time.Time
	state      []byte // JSON; a row of its own, since it may be as large as a row
}

// windowOf returns the window in which a record of that time belongs: windows
// follow one another from the epoch on.
func (s *streamPoller) windowOf(created time.Time) *window {
	length := time.Duration(s.m.Tumbling) * time.Second
	since := time.Duration(created.Unix()) * time.Second
	start := time.Unix(0, 0).UTC().Add(since - since%length)
	return &window{Start: start, End: start.Add(length), state: []byte(freshState)}
}

// ahead says whether the window begins after now: the clock was set back since
// its records were written. By the clock as it is, its time is hours away.
func (w *window) ahead(now time.Time) bool { return w.Start.After(now.Add(aheadBy)) }

// holds says whether a record counts to the window, which is open: all that are
// written before its end do, those that come late, too. To one that is ahead only
// those do that are themselves.
func (w *window) holds(created, now time.Time) bool {
	return created.Before(w.End) && (!w.ahead(now) || created.After(now))
}

// stateKey is the row of what a shard's open window carries.
func (s *streamPoller) stateKey(shard string) kv.Key { return s.key(shard).With("state") }

// tell makes a window what an invocation learns of it. No window is told of as
// none.
func (s *streamPoller) tell(shard string, w *window) *Window {
	if w == nil {
		return nil
	}
	told := &Window{State: w.state, Shard: shard, SourceARN: s.m.SourceARN}
	told.Span.Start, told.Span.End = w.Start, w.End
	return told
}

// processWindows deals with records window by window. A window ends when a
// record of a later one comes; a record that comes after later ones counts to
// the window that is open. One that is ahead of the clock, which was set back, ends
// when the records of before are through.
func (s *streamPoller) processWindows(ctx context.Context, shard string, at *checkpoint, records []record) error {
	now := s.Clock.Now()
	for len(records) > 0 {
		first := s.nextPassing(records)
		switch {
		case first == len(records):
			at.Sequence = records[first-1].sequence
			return s.advance(ctx, shard, *at, nil)
		case at.Window == nil:
			at.Window = s.windowOf(records[first].created)
		case !at.Window.holds(records[first].created, now):
			if err := s.closeWindow(ctx, shard, at); err != nil {
				return err
			}
			continue
		}
		n := first
		var passing []record
		for n < len(records) && at.Window.holds(records[n].created, now) {
			passing = append(passing, records[n])
			n += 1 + s.nextPassing(records[n+1:])
		}
		dead, err := s.processLane(ctx, shard, at.Window, passing)
		if err != nil {
			return err
		}
		at.Sequence = records[n-1].sequence
		err = s.advance(ctx, shard, *at, func(tx *kv.Tx) error {
			if err := tx.Put(s.stateKey(shard), at.Window.state); err != nil {
				return err
			}
			return s.buryAll(tx, shard, dead)
		})
		if err != nil {
			return err
		}
		records = records[n:]
	}
	return nil
}

// nextPassing is the place of the first record that the filters let through, or
// behind the last.
func (s *streamPoller) nextPassing(records []record) int {
	for i, r := range records {
		if passes(s.filters, r.json) {
			return i
		}
	}
	return len(records)
}

// take has a window carry what an invocation answered. It returns false when the
// answer carries no state, which makes the invocation a failed one.
func (w *window) take(payload []byte) bool {
	var answer map[string]json.RawMessage // whose names are as they are written, as those of a report of failures
	if json.Unmarshal(payload, &answer) != nil {
		return false
	}
	state := answer["state"]
	if state == nil || string(state) == "null" {
		return false
	}
	w.state = state
	return true
}

// endIfFull ends a window early that carries too much; its later records begin
// it anew.
func (s *streamPoller) endIfFull(ctx context.Context, shard string, w *window) error {
	if w == nil || len(w.state) <= maxState {
		return nil
	}
	told := s.tell(shard, w)
	told.Early = true
	if err := s.finish(ctx, told); err != nil {
		return err
	}
	w.state = []byte(freshState)
	return nil
}

// closeWindow has the open window's result processed, and forgets the window.
func (s *streamPoller) closeWindow(ctx context.Context, shard string, at *checkpoint) error {
	if err := s.finish(ctx, s.tell(shard, at.Window)); err != nil {
		return err
	}
	at.Window = nil
	return s.advance(ctx, shard, *at, func(tx *kv.Tx) error { return tx.Delete(s.stateKey(shard)) })
}

// finish has a window's result processed, until that succeeds: there is nothing
// that could be sent to a destination in its place.
func (s *streamPoller) finish(ctx context.Context, w *Window) error {
	w.Final = true
	for pause := minPause; ; pause = min(2*pause, maxPause) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		answer, err := s.Handle(context.WithoutCancel(ctx), s.m, Batch{Records: []map[string]any{}, Window: w})
		failed := err != nil || answer.FunctionError != ""
		s.note(ctx, failed)
		if !failed {
			return nil
		}
		if !s.current(ctx) {
			return errors.Join(errGone, err)
		}
		s.sleep(ctx, pause)
	}
}

// over says whether the open window had ended, with the time for those who are
// late, at that moment, or was ahead of it.
func (c *checkpoint) over(now time.Time) bool {
	return c.Window != nil && (!now.Before(c.Window.End.Add(lateness)) || c.Window.ahead(now))
}

// loadWindow reads what a shard's open window carries.
func (s *streamPoller) loadWindow(tx *kv.Tx, shard string, c *checkpoint) error {
	if c.Window == nil {
		return nil
	}
	state, _, err := tx.Get(s.stateKey(shard))
	if err != nil {
		return fmt.Errorf("load window: %w", err)
	}
	c.Window.state = append([]byte(nil), state...)
	return nil
}
