package engine

import (
	"time"

	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/history"
)

// Redrive takes an execution up again that has ended badly: where it failed or
// was stopped, with the same input.
func (t *Turn) Redrive(count int64) error {
	t.Status = Running
	t.emit(&history.Event{Type: history.ExecutionRedriven, Prev: t.State.Next - 1, Number: count})
	if t.Machine.TimeoutSeconds > 0 {
		t.State.Timer = t.later(Work{Kind: WorkExpire, At: t.Now.Add(time.Duration(t.Machine.TimeoutSeconds) * time.Second)})
	}
	for _, th := range t.State.Threads {
		t.revive(th)
	}
	return t.run()
}

// revive makes a thread ready that ended, or has it wait for its branches.
func (t *Turn) revive(th *Thread) {
	th.Counts, th.Tries, th.Task, th.Timer, th.Run = nil, 0, nil, "", ""
	if th.Fan != nil && len(t.State.children(th)) > 0 {
		th.Phase = Spread
		return
	}
	th.Fan, th.Phase = nil, Ready
	if th.Entered != 0 {
		switch t.All[th.State].Type { //nolint:exhaustive // the others are entered anew
		case asl.TypeTask, asl.TypeWait, asl.TypeParallel, asl.TypeMap:
			th.Phase = Again
		}
	}
	t.ready = append(t.ready, th)
}
