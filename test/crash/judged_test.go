package crash_test

import (
	"math"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"maru.dev/maru/clock"
)

// judged is what clients did in a round and were told, for a checker that says
// whether it can have happened in one order. Where the log has lost its end it is
// not judged: what was told may be undone.
type judged struct {
	mu      sync.Mutex
	history []porcupine.Operation
	muted   bool
	partial bool // what was told in this round may be lost
}

// mute implements work.
func (j *judged) mute(on bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.muted = on
	j.partial = j.partial || on
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
	if !j.muted {
		j.history = append(j.history, op)
	}
}

// judge ends a round: its history, with what was found after the restart at its
// end, is one that the model allows.
func (j *judged) judge(t *testing.T, model porcupine.Model) {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.partial {
		if result := porcupine.CheckOperationsTimeout(model, j.history, 2*time.Minute); result == porcupine.Illegal {
			for _, op := range j.history {
				t.Logf("client %d: %+v, %+v from %d to %d", op.ClientId, op.Input, op.Output, op.Call, op.Return)
			}
			t.Error("these operations cannot have happened in any order")
		}
	}
	t.Logf("%d operations, judged: %t", len(j.history), !j.partial)
	j.history, j.partial = nil, false
}
