package cloudformation

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	types "maru.dev/maru/service/cloudformation/resource"
	"maru.dev/maru/task"
)

// The kinds of task.
const (
	stepKind    = "cloudformation.step"
	phaseKind   = "cloudformation.phase"
	timeoutKind = "cloudformation.timeout"
)

// work is the body of a task: which step, or which phase.
type work struct{ StackID, Operation, Phase, Step string }

// stepLease is how long one run of a step may take: the slowest call of a
// service, and a little.
const stepLease = 2 * time.Minute

// begin starts an operation: it is written with its first phase. The caller
// has set the stack's status.
func (s *Service) begin(tx *kv.Tx, h home, st *stack, op *operation, steps []step) error {
	if err := kv.Put(tx, h.operationKey(st.ID), *op); err != nil {
		return err
	}
	if err := kv.Put(tx, h.stackKey(st.ID), *st); err != nil {
		return err
	}
	if m := op.TargetConf.TimeoutMinutes; m > 0 && op.Kind == "create" {
		if _, err := s.Tasks.Add(tx, task.Task{
			Kind: timeoutKind, Owner: st.ARN, Due: op.Began.Add(time.Duration(m) * time.Minute),
			Body: work{StackID: st.ID, Operation: op.ID}, Account: h.Account, Region: h.Region,
		}); err != nil {
			return err
		}
	}
	return s.enter(tx, h, st, op, steps)
}

// enter writes the steps of op's phase and starts those that wait for nothing.
func (s *Service) enter(tx *kv.Tx, h home, st *stack, op *operation, steps []step) error {
	for _, phase := range []string{applyPhase, revertPhase, deletePhase, cleanupPhase} {
		if err := tx.DeleteRange(kv.Prefix(h.stepsOf(st.ID, phase))); err != nil {
			return err
		}
	}
	byKey := make(map[string]*step, len(steps))
	for i := range steps {
		steps[i].State = waiting
		byKey[steps[i].Key] = &steps[i]
	}
	for i := range steps {
		if err := kv.Put(tx, h.stepKey(st.ID, op.Phase, steps[i].Key), steps[i]); err != nil {
			return err
		}
	}
	return s.advance(tx, h, st, op, byKey)
}

// advance starts the steps that may go, or ends the phase when none is left.
func (s *Service) advance(tx *kv.Tx, h home, st *stack, op *operation, steps map[string]*step) error {
	left := false
	for _, key := range slices.Sorted(maps.Keys(steps)) {
		p := steps[key]
		switch {
		case p.State == running:
			left = true
		case p.State != waiting:
		case op.Failing && op.Phase == applyPhase:
			p.State = dropped
			if err := kv.Put(tx, h.stepKey(st.ID, op.Phase, key), *p); err != nil {
				return err
			}
		case ready(p, steps):
			left = true
			p.State = running
			if err := kv.Put(tx, h.stepKey(st.ID, op.Phase, key), *p); err != nil {
				return err
			}
			if err := s.schedule(tx, h, st, op, key, time.Time{}); err != nil {
				return err
			}
		default:
			left = true
		}
	}
	if left {
		return nil
	}
	_, err := s.Tasks.Add(tx, task.Task{
		Kind: phaseKind, Owner: st.ARN, Key: st.ID, Body: work{StackID: st.ID, Operation: op.ID, Phase: op.Phase},
		Account: h.Account, Region: h.Region, TraceID: op.TraceID, Lease: stepLease,
	})
	return err
}

// ready tells whether all that a step waits for has ended.
func ready(p *step, steps map[string]*step) bool {
	for _, need := range p.Needs {
		if n := steps[need]; n != nil && (n.State == waiting || n.State == running) {
			return false
		}
	}
	return true
}

// schedule adds the task of a step. There is one at most.
func (s *Service) schedule(tx *kv.Tx, h home, st *stack, op *operation, key string, due time.Time) error {
	_, err := s.Tasks.Add(tx, task.Task{
		Kind: stepKind, Owner: st.ARN, Key: st.ID + "/" + key, Due: due, Lease: stepLease,
		Body:    work{StackID: st.ID, Operation: op.ID, Phase: op.Phase, Step: key},
		Account: h.Account, Region: h.Region, TraceID: op.TraceID,
		Policy: task.Policy{MaxAttempts: 5, MinBackoff: 100 * time.Millisecond, MaxBackoff: 5 * time.Second},
	})
	if err != nil {
		return fmt.Errorf("schedule step %s: %w", key, err)
	}
	return nil
}

// scene is what a step or a phase's end needs to know of its stack.
type scene struct {
	h         home
	st        *stack
	op        *operation
	step      *step
	steps     map[string]*step
	resources map[string]*resource
	signals   []types.Signal
}

// load reads the scene of w; nil when w is no longer of concern.
func (s *Service) load(ctx context.Context, h home, w work) (*scene, error) {
	var sc *scene
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		sc, err = s.loadTx(tx, h, w)
		return err
	})
	return sc, err
}

// loadTx is load in a transaction.
func (s *Service) loadTx(tx *kv.Tx, h home, w work) (*scene, error) {
	sc, err := loadState(tx, h, w)
	if err != nil || sc == nil {
		return nil, err
	}
	sc.resources = map[string]*resource{}
	for row, err := range kv.Scan[resource](tx, kv.Prefix(h.resourcesOf(w.StackID))) {
		if err != nil {
			return nil, fmt.Errorf("load resources: %w", err)
		}
		sc.resources[row.Value.Logical] = &row.Value
	}
	if sc.step != nil && sc.step.Target.Token != "" {
		if sc.signals, err = loadSignals(tx, h, sc.step, sc.resources); err != nil {
			return nil, err
		}
	}
	return sc, nil
}

// loadState reads stack, operation and steps.
func loadState(tx *kv.Tx, h home, w work) (*scene, error) {
	st, ok, err := kv.Get[stack](tx, h.stackKey(w.StackID))
	if err != nil || !ok {
		return nil, err
	}
	op, ok, err := kv.Get[operation](tx, h.operationKey(w.StackID))
	if err != nil || !ok || op.ID != w.Operation || op.Over || w.Phase != "" && op.Phase != w.Phase {
		return nil, err
	}
	sc := &scene{h: h, st: &st, op: &op, steps: map[string]*step{}}
	for row, err := range kv.Scan[step](tx, kv.Prefix(h.stepsOf(w.StackID, op.Phase))) {
		if err != nil {
			return nil, fmt.Errorf("load steps: %w", err)
		}
		sc.steps[row.Value.Key] = &row.Value
	}
	if w.Step != "" {
		if sc.step = sc.steps[w.Step]; sc.step == nil || sc.step.State != running {
			return nil, nil
		}
	}
	return sc, nil
}

// asStack returns a context in which CloudFormation acts for a stack.
func (s *Service) asStack(ctx context.Context, sc *scene) context.Context {
	ctx = call.As(ctx, "cloudformation.amazonaws.com", sc.st.ARN, sc.h.Account, sc.h.Region)
	info := call.From(ctx)
	info.Endpoint = sc.op.Endpoint
	if info.Endpoint == "" {
		info.Endpoint = s.Endpoint
	}
	info.TraceID = sc.op.TraceID
	return call.With(ctx, info)
}
