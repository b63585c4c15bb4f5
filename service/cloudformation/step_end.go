package cloudformation

import (
	"context"
	"errors"
	"strings"
	"time"

	"maru.dev/maru/kv"
	types "maru.dev/maru/service/cloudformation/resource"
	"maru.dev/maru/service/cloudformation/template"
	"maru.dev/maru/task"
	"maru.dev/maru/wire"
)

// outcome is how a step ended.
type outcome struct {
	result types.Result
	err    error
}

// finishStep notes that a step succeeded.
func (s *Service) finishStep(ctx context.Context, sc *scene, run *task.Run, result types.Result, err error) error {
	return s.closeStep(ctx, sc, run, outcome{result: result, err: err})
}

// failStep notes that a step failed.
func (s *Service) failStep(ctx context.Context, sc *scene, run *task.Run, err error) error {
	return s.closeStep(ctx, sc, run, outcome{result: types.Result{ID: sc.step.Target.ID}, err: err})
}

// closeStep ends a step in the transaction that ends its task.
func (s *Service) closeStep(ctx context.Context, sc *scene, run *task.Run, o outcome) error {
	w := work{StackID: sc.st.ID, Operation: sc.op.ID, Phase: sc.op.Phase, Step: sc.step.Key}
	mine, own := *sc.step, *sc.resources[sc.step.Logical]
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		if err := run.Done(tx); err != nil {
			return err
		}
		cur, err := loadState(tx, sc.h, w)
		if err != nil || cur == nil {
			return err
		}
		p, r := mine, own
		cur.step = &p
		cur.steps[p.Key] = &p
		cur.resources = map[string]*resource{r.Logical: &r}
		return s.endStep(tx, cur, o)
	})
}

// endStep writes a step's end, and starts what waited for it.
func (s *Service) endStep(tx *kv.Tx, sc *scene, o outcome) error {
	p, r := sc.step, sc.resources[sc.step.Logical]
	t := s.tell(tx, sc.h, sc.st, sc.op)
	var err error
	if o.err != nil {
		err = s.endFailed(t, sc, r, p, o)
	} else {
		err = endDone(t, sc, r, p, o.result)
	}
	if err != nil {
		return err
	}
	for _, put := range []func() error{
		func() error { return kv.Put(tx, sc.h.resourceKey(sc.st.ID, r.Logical), *r) },
		func() error { return kv.Put(tx, sc.h.stepKey(sc.st.ID, sc.op.Phase, p.Key), *p) },
		func() error { return kv.Put(tx, sc.h.operationKey(sc.st.ID), *sc.op) },
		func() error { return s.forgetToken(tx, sc.h, p) },
	} {
		if err := put(); err != nil {
			return err
		}
	}
	return s.advance(tx, sc.h, sc.st, sc.op, sc.steps)
}

// forgetToken drops who waits under a step's token, and what was sent there. A
// wait condition's handle is signalled after its own step.
func (s *Service) forgetToken(tx *kv.Tx, h home, p *step) error {
	if p.Target.Token == "" || p.Target.Type == handleType && p.Action == doCreate {
		return nil
	}
	if err := tx.Delete(h.waiterKey(p.Target.Token)); err != nil {
		return err
	}
	return tx.DeleteRange(kv.Prefix(h.signalsOf(p.Target.Token)))
}

// endFailed writes a step's failure: from here on the phase only ends.
func (s *Service) endFailed(t *teller, sc *scene, r *resource, p *step, o outcome) error {
	p.State = failed
	if p.Action == "" || p.Action == doNothing {
		p.Action = doCreate
		if sc.op.Phase != applyPhase {
			p.Action = doDelete
		}
	}
	if o.result.ID != "" {
		p.Target.ID = o.result.ID
	}
	status, verb := createFailed, "creat"
	switch p.Action {
	case doDelete:
		status, verb = deleteFailed, "delet"
	case doUpdate, doReplace, doRestore:
		status, verb = updateFailed, "updat"
	}
	if !p.Initiated { // it failed before it began: begin it for the record
		if err := t.beginning(r, p); err != nil {
			return err
		}
	}
	keepWhatIsThere(r, p)
	reason := reasonOf(o.err)
	if errors.Is(o.err, errCancelled) {
		reason = "Resource " + verb + "ion cancelled"
		if verb == "updat" {
			reason = "Resource update cancelled"
		}
	}
	if err := t.resource(r, &p.Target, status, reason); err != nil {
		return err
	}
	if sc.op.Phase == applyPhase && p.Action != doDelete || sc.op.Phase != applyPhase {
		if !errors.Is(o.err, errCancelled) {
			sc.op.Failed = append(sc.op.Failed, p.Logical)
			sc.op.Verb = verb + "e"
		}
	}
	if sc.op.Phase != applyPhase || sc.op.Failing {
		return nil
	}
	sc.op.Failing = true
	return s.hurry(t.tx, sc)
}

// keepWhatIsThere notes what a failed step has made all the same, so that a
// roll-back removes it.
func keepWhatIsThere(r *resource, p *step) {
	if p.Target.ID == "" {
		return
	}
	switch p.Action {
	case doCreate:
		target := p.Target
		r.Now, r.Touched = &target, true
	case doReplace:
		target := p.Target
		r.Before, r.Now, r.Touched = r.Now, &target, true
	case doUpdate:
		if r.Before == nil {
			r.Before = r.Now
		}
		target := p.Target
		r.Now, r.Touched = &target, true
	}
}

// hurry lets the steps that only wait for their resource look again at once:
// they have been cancelled.
func (s *Service) hurry(tx *kv.Tx, sc *scene) error {
	for _, other := range sc.steps {
		if other.State == running && other.Called && other.Key != sc.step.Key {
			if err := s.schedule(tx, sc.h, sc.st, sc.op, other.Key, time.Time{}); err != nil {
				return err
			}
		}
	}
	return nil
}

// reasonOf is an error as a status reason.
func reasonOf(err error) string {
	if _, ok := errors.AsType[*types.FaultError](err); ok {
		return err.Error()
	}
	if fault, ok := errors.AsType[wire.Error](err); ok {
		return fault.ErrorMessage()
	}
	return err.Error()
}

// endDone writes a step's success.
func endDone(t *teller, sc *scene, r *resource, p *step, result types.Result) error {
	p.State = done
	if p.Action == doNothing {
		return endNothing(t, sc, r, p)
	}
	if p.Action == doDelete {
		return endDeleted(t, r, p)
	}
	target := p.Target
	target.ID, target.Attrs = result.ID, encodeObject(result.Attributes)
	status := updateComplete
	switch {
	case p.Action == doCreate:
		status = createComplete
		if !p.Called {
			if err := t.resource(r, &target, createInProgress, "Resource creation Initiated"); err != nil {
				return err
			}
		}
		r.Now, r.Before = &target, nil
	case p.Action == doReplace && !p.Called:
		if err := t.resource(r, &target, updateInProgress, "Resource creation Initiated"); err != nil {
			return err
		}
		r.Before, r.Now = r.Now, &target
	case p.Action == doRestore:
		if r.Now == nil || r.Now.ID != target.ID {
			r.Now, r.Before = &target, r.Now
		} else {
			r.Now = &target
		}
	case sc.op.Phase == revertPhase:
		r.Now = &target
	case p.Action == doReplace || result.Replaced:
		r.Before, r.Now = r.Now, &target
	default:
		if r.Before == nil {
			r.Before = r.Now
		}
		r.Now = &target
	}
	r.Touched, r.Type = true, target.Type
	return t.resource(r, &target, status, "")
}

// endNothing ends a step that left its resource alone. One whose removal was
// declined is told of.
func endNothing(t *teller, sc *scene, r *resource, p *step) error {
	if sc.op.Phase == applyPhase || sc.op.Phase == revertPhase {
		return nil
	}
	if err := t.resource(r, &p.Target, deleteSkipped, ""); err != nil {
		return err
	}
	dropPhysical(r, p)
	return nil
}

// endDeleted ends the removal of a resource.
func endDeleted(t *teller, r *resource, p *step) error {
	status, reason := r.Status, r.Reason
	if err := t.resource(r, &p.Target, deleteComplete, ""); err != nil {
		return err
	}
	if strings.HasSuffix(p.Key, oldMark) {
		r.Status, r.Reason = settled(status), reason // the resource lives on in another
	}
	dropPhysical(r, p)
	return nil
}

// settled is the status of a resource whose predecessor was removed.
func settled(status string) string {
	if status == deleteInProgress {
		return updateComplete
	}
	return status
}

// dropPhysical takes what a step removed off its resource.
func dropPhysical(r *resource, p *step) {
	if strings.HasSuffix(p.Key, oldMark) {
		r.Before = nil
		return
	}
	r.Now = nil
}

// awaitStep notes that the resource's service was called and is not done, and
// looks again later.
func (s *Service) awaitStep(ctx context.Context, sc *scene, result types.Result) error {
	if sc.step.Called {
		return task.Again(s.later(sc.step))
	}
	w := work{StackID: sc.st.ID, Operation: sc.op.ID, Phase: sc.op.Phase, Step: sc.step.Key}
	mine, own := *sc.step, *sc.resources[sc.step.Logical]
	var at time.Time
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		cur, err := loadState(tx, sc.h, w)
		if err != nil || cur == nil {
			return err
		}
		p, r := mine, own
		p.Called = true
		if p.Action != doDelete {
			p.Target.ID = result.ID
			p.Target.Attrs = encodeObject(result.Attributes)
			if p.Action != doUpdate && result.ID != "" {
				status := createInProgress
				if p.Action == doReplace {
					status = updateInProgress
				}
				if err := s.tell(tx, sc.h, cur.st, cur.op).resource(&r, &p.Target, status, "Resource creation Initiated"); err != nil {
					return err
				}
				if err := kv.Put(tx, sc.h.resourceKey(w.StackID, r.Logical), r); err != nil {
					return err
				}
			}
		}
		at = s.later(&p)
		return kv.Put(tx, sc.h.stepKey(w.StackID, w.Phase, w.Step), p)
	})
	if err != nil {
		return err
	}
	if at.IsZero() {
		return nil
	}
	return task.Again(at)
}

// templateJSON writes part of a template as JSON.
func templateJSON(v any) ([]byte, error) { return template.JSON(v) }
