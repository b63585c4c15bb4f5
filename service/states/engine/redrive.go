package engine

import (
	"slices"
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
	for _, th := range slices.Clone(t.State.Threads) {
		t.revive(th)
	}
	return t.run()
}

// revive makes a thread ready that ended, or has it wait for its branches.
func (t *Turn) revive(th *Thread) {
	run := th.Run
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
	if run != "" && th.Phase == Again && t.reviveRun(th, run) {
		return
	}
	t.ready = append(t.ready, th)
}

// reviveRun has the map run of a thread taken up again; it returns false where
// another is to begin.
func (t *Turn) reviveRun(th *Thread, run string) bool {
	count, err := t.RedriveMapRun(run)
	switch {
	case err != nil:
		s, broken := t.scope(th)
		if broken != nil {
			t.broken = broken
			return true
		}
		t.failed(th, s, err)
	case count == 0:
		return false
	default:
		th.Phase, th.Run = Mapping, run
		t.tell(th, history.Event{Type: history.MapRunRedriven, Resource: run, Number: count})
	}
	return true
}
