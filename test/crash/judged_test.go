package crash_test

import (
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"maru.dev/maru/clock"
)

// judged is what clients did in a round and were told, for a checker that says
// whether it can have happened in one order, and whether what a torn log has kept
// of it is its beginning.
type judged struct {
	mu      sync.Mutex
	history []porcupine.Operation
	muted   bool
	// found tells whether a model's state is as things were right after the restart;
	// nil where that was not looked at.
	found func(state any) bool
}

// turning is an operation of nobody, at which it changes what a crash may undo.
type turning string

const (
	marked turning = "the mark is taken" // what happens from here on may be undone
	undone turning = "the log is torn"   // what has happened since, or the end of it, is undone
)

// mute implements work.
func (j *judged) mute(on bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.muted == on {
		return
	}
	j.muted = on
	now, at := tick(), undone
	if on {
		at = marked
	}
	j.history = append(j.history, porcupine.Operation{ClientId: clients + 1, Input: at, Call: now, Return: now})
}

// tick is the time by which operations are told apart.
func tick() int64 { return clock.System{}.Now().UnixNano() }

// note keeps what a client has done since called. What is not known to have
// happened may have at any time since, or never: then it stands behind all else,
// where the model takes it either way.
func (j *judged) note(client int, called int64, in, out any, known bool) {
	op := porcupine.Operation{ClientId: client, Input: in, Call: called, Output: out, Return: tick()}
	if !known {
		op.Return = math.MaxInt64
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.history = append(j.history, op)
}

// judge ends a round: its history, with what was found after the restart at its
// end, is one that the model allows. Of a log that was torn the checker may have so
// many beginnings to go through that it comes to no end, where nobody looked which one
// it is: then it says so, and what was acknowledged is held against what was found as
// everywhere.
func (j *judged) judge(t *testing.T, model porcupine.Model) {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	torn := slices.ContainsFunc(j.history, func(op porcupine.Operation) bool { return op.Input == undone })
	limit := 2 * time.Minute
	if torn && j.found == nil {
		limit = 10 * time.Second
	}
	switch result := porcupine.CheckOperationsTimeout(tearing(model, j.found), j.history, limit); {
	case result == porcupine.Unknown && torn && j.found == nil:
		t.Logf("%d operations, NOT JUDGED: too many beginnings of a torn log", len(j.history))
	case result != porcupine.Ok:
		for _, op := range j.history {
			t.Logf("client %d: %+v, %+v from %d to %d", op.ClientId, op.Input, op.Output, op.Call, op.Return)
		}
		t.Errorf("that these operations happened in any order is %s", result)
	default:
		t.Logf("%d operations, judged", len(j.history))
	}
	j.history, j.found = nil, nil
}

// tearing is a model whose log may be torn: where it is undone, it is as it was at
// the mark or after any change since, and clients were told the truth until then.
// Which of these states the log has kept is guessed as they come by; found, unless
// nil, tells which it can have been.
func tearing(model porcupine.Model, found func(state any) bool) porcupine.Model {
	type state struct {
		now    any
		marked bool // what happens may be undone
		kept   any  // what it is undone to; nil until it has come by
	}
	equal := model.Equal
	if equal == nil {
		equal = func(a, b any) bool { return a == b }
	}
	torn := porcupine.NondeterministicModel{
		Init: func() []any { return []any{state{now: model.Init()}} },
		Step: func(before, in, out any) []any {
			at := before.(state)
			var ok bool
			switch in {
			case marked:
				at.marked = true
			case undone:
				if at.kept == nil {
					return nil
				}
				return []any{state{now: at.kept}}
			default:
				if ok, at.now = model.Step(at.now, in, out); !ok {
					return nil
				}
			}
			after := []any{at}
			if at.marked && at.kept == nil && (found == nil || found(at.now)) {
				at.kept = at.now
				after = append(after, at)
			}
			return after
		},
		Equal: func(one, other any) bool {
			a, b := one.(state), other.(state)
			return equal(a.now, b.now) && a.marked == b.marked && (a.kept == nil) == (b.kept == nil) && (a.kept == nil || equal(a.kept, b.kept))
		},
	}
	if model.Partition != nil {
		torn.Partition = func(history []porcupine.Operation) [][]porcupine.Operation {
			var turns, rest []porcupine.Operation
			for _, op := range history {
				if _, ok := op.Input.(turning); ok {
					turns = append(turns, op)
				} else {
					rest = append(rest, op)
				}
			}
			parts := model.Partition(rest)
			for i := range parts {
				parts[i] = append(parts[i], turns...)
			}
			return parts
		}
	}
	return torn.ToModel()
}
