package events

import (
	"testing"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/kv/setback"
	"maru.dev/maru/service/events/connection"
)

// TestTurnsComeAsSoonThoughTheClockWasSetBack awaits a turn of an API destination,
// which was to come in an hour by the clock that was set back.
func TestTurnsComeAsSoonThoughTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	s, ctx := newTestService(st)
	now := s.Clock.Now()
	turn := connection.Turn{Account: "000000000000", Region: "us-east-1", Destination: "d"}
	err := st.Update(ctx, func(tx *kv.Tx) error { return kv.Put(tx, turn.Key(), now.Add(time.Hour)) })
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Rewind(ctx, setback.NewWalk(st, kv.NewKey("", "", "progress"), setback.Jump{By: time.Hour, Now: now})); err != nil {
		t.Fatal(err)
	}
	if err := turn.Await(ctx, s.Deps, 1); err != nil { // the clock stands: it would never come
		t.Error(err)
	}
}
