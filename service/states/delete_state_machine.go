package states

import (
	"context"
	"time"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/machine"
	"maru.dev/maru/service/states/standard"
	"maru.dev/maru/task"
)

// DeleteStateMachine begins the deletion of a state machine: it is gone once its
// executions have ended.
//
// Spec: Step Functions API Reference, DeleteStateMachine.
func (s *Service) DeleteStateMachine(ctx context.Context, in *api.DeleteStateMachineInput) (*api.DeleteStateMachineOutput, error) {
	r, err := parseUnqualified(in.StateMachineArn)
	if err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		m, ok, err := machine.Load(tx, r.Home, r.Name)
		if err != nil || !ok || m.Deleting {
			return err
		}
		m.Deleting = true
		if err := s.Tasks.CancelKey(tx, retentionKind, r.ARN()); err != nil {
			return err
		}
		if err := s.later(tx, task.Task{Kind: deleteKind, Owner: r.ARN(), Key: r.ARN(), Account: r.Account, Region: r.Region, Body: r.Name}); err != nil {
			return err
		}
		return kv.Put(tx, r.MachineKey(r.Name), m)
	})
	return &api.DeleteStateMachineOutput{}, err
}

// removedAtOnce is how many executions one transaction removes.
const removedAtOnce = 200

// runDelete stops and removes the executions of a state machine, and then it.
func (s *Service) runDelete(ctx context.Context, run *task.Run) error {
	var name string
	if err := run.Decode(&name); err != nil {
		return task.Dead(err)
	}
	h := machine.Home{Account: run.Account, Region: run.Region}
	for ctx.Err() == nil {
		page, err := s.some(ctx, h, name, []engine.Status{engine.Running})
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		for _, x := range page {
			if _, err := s.runner.Change(ctx, x.Key, stillRuns, stopWith(nil, nil)); err != nil && err != errEnded { //nolint:errorlint // as it is returned
				return err
			}
		}
	}
	for ctx.Err() == nil {
		more, err := s.removeSome(ctx, h, name, nil)
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		if any, err := standard.Any(tx, h, name, engine.Running); err != nil || any {
			return err
		}
		if err := machine.Remove(tx, h, name); err != nil {
			return err
		}
		return run.Done(tx)
	})
}

// ended are the statuses of executions that run no more.
func ended() []engine.Status {
	return []engine.Status{engine.Succeeded, engine.FailedStatus, engine.TimedOut, engine.AbortedStatus}
}

// some reads some executions of a state machine.
func (s *Service) some(ctx context.Context, h machine.Home, name string, statuses []engine.Status) (page []*standard.Execution, err error) {
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		page, _, err = s.runner.List(tx, h, name, scoped(h, name), statuses, nil, removedAtOnce, func(*standard.Execution) bool { return true })
		return err
	})
	return page, err
}

// scoped makes keys of the executions of a state machine.
func scoped(h machine.Home, scope string) func(string) standard.Key {
	return func(name string) standard.Key { return standard.Key{Home: h, Scope: scope, Name: name} }
}

// removeSome removes executions that have ended, before a time if one is given.
func (s *Service) removeSome(ctx context.Context, h machine.Home, name string, before *time.Time) (more bool, err error) {
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		page, rest, err := s.runner.List(tx, h, name, scoped(h, name), ended(), nil, removedAtOnce, func(x *standard.Execution) bool {
			return before == nil || standard.At(x.Stopped).Before(*before)
		})
		if err != nil {
			return err
		}
		more = rest
		for _, x := range page {
			if err := standard.Remove(tx, x); err != nil {
				return err
			}
		}
		return nil
	})
	return more, err
}

// kept is how long executions are kept after their end.
const kept = 90 * 24 * time.Hour

// runRetention removes executions of a state machine that ended long ago.
func (s *Service) runRetention(ctx context.Context, run *task.Run) error {
	var name string
	if err := run.Decode(&name); err != nil {
		return task.Dead(err)
	}
	h := machine.Home{Account: run.Account, Region: run.Region}
	before := s.Clock.Now().Add(-kept)
	for ctx.Err() == nil {
		more, err := s.removeSome(ctx, h, name, &before)
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	return task.Again(s.Clock.Now().Add(24 * time.Hour))
}
