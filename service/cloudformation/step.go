package cloudformation

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"maru.dev/maru/kv"
	types "maru.dev/maru/service/cloudformation/resource"
	"maru.dev/maru/task"
	"maru.dev/maru/wire"
)

// The actions of steps.
const (
	doCreate  = "create"
	doReplace = "replace"
	doUpdate  = "update"
	doRestore = "restore"
	doDelete  = "delete"
	doNothing = "nothing"
)

// runStep is one run of a step's task.
func (s *Service) runStep(ctx context.Context, run *task.Run) error {
	var w work
	if err := run.Decode(&w); err != nil {
		return task.Dead(err)
	}
	sc, err := s.load(ctx, home{run.Account, run.Region}, w)
	if err != nil || sc == nil {
		return err
	}
	ctx = s.asStack(ctx, sc)
	repeat := sc.step.Action != ""
	if !repeat {
		if err := s.startStep(ctx, sc); err != nil {
			return s.failStep(ctx, sc, run, err)
		}
		if sc.step.Action == doNothing {
			return s.finishStep(ctx, sc, run, types.Result{}, nil)
		}
		if again, err := s.noteStart(ctx, sc, w); err != nil || again {
			return err
		}
	}
	return s.perform(ctx, sc, run, repeat)
}

// startStep decides what the step does, from the resource as it is and as it
// is to be. Nothing is written yet.
func (s *Service) startStep(ctx context.Context, sc *scene) error {
	p, r := sc.step, sc.resources[sc.step.Logical]
	p.Began = s.Clock.Now()
	switch sc.op.Phase {
	case applyPhase:
		return s.startApply(ctx, sc)
	case revertPhase:
		startRestore(p, r)
	default:
		p.Action = doDelete
		if retained(sc, r, p) {
			p.Action = doNothing
		}
		p.Target.Began = p.Began
		if p.Target.Token == "" || p.Target.Type == "" {
			return fmt.Errorf("resource %s has no record of what it is", p.Logical)
		}
	}
	return nil
}

// startRestore decides how a resource gets back to what it was.
func startRestore(p *step, r *resource) {
	p.Action = doRestore
	p.Target = *r.Before
	p.Old = r.Now
	if r.Now != nil && r.Before.ID == r.Now.ID {
		p.Action = doUpdate
	}
}

// startApply evaluates the resource's properties and compares them with what
// is there.
func (s *Service) startApply(ctx context.Context, sc *scene) error {
	p := sc.step
	t, err := s.template(ctx, sc.h, sc.st.ID, sc.op.Target.Text)
	if err != nil {
		return err
	}
	def := t.Resources[p.Logical]
	r := sc.resources[p.Logical]
	if r == nil {
		r = &resource{Logical: p.Logical}
		sc.resources[p.Logical] = r
	}
	r.Type, r.DeletionPolicy, r.ReplacePolicy, r.Needs = def.Type, def.DeletionPolicy, def.UpdateReplacePolicy, p.Needs
	p.Action = doCreate
	p.Target = physical{Type: def.Type, Token: s.IDs.UUID(), Tags: sc.op.Target.tags(), Began: p.Began}
	if r.Now != nil {
		p.Action, p.Old = doUpdate, r.Now
	}

	kind := s.typeOf(def.Type)
	if kind == nil {
		return fmt.Errorf("Resource type %s is not supported by maru", def.Type)
	}
	env := s.targetEnv(ctx, sc.h, sc.st, sc.op, t, sc.resources)
	v, err := env.Eval(ctx, def.Properties)
	if err != nil {
		return err
	}
	props, _ := v.(map[string]any)
	p.Target.Props = encodeObject(props)
	if policy, err := env.Eval(ctx, def.CreationPolicy); err != nil {
		return err
	} else if m, ok := policy.(map[string]any); ok {
		p.Policy = encodeObject(m)
	}
	if def.Metadata != nil {
		r.Metadata, _ = templateJSON(def.Metadata)
	}
	if err := kind.Validate(p.Logical, props); err != nil {
		return err
	}
	if r.Now != nil {
		p.Old = known(kind, r)
		p.Action = compare(kind, p.Old, &p.Target)
	}
	return sc.protected()
}

// known is the real resource as far as it is known: of one whose making or
// change failed and was left so, only the properties are sure that never
// change.
func known(kind *types.Type, r *resource) *physical {
	if r.Status != createFailed && r.Status != updateFailed || kind.Update == nil {
		return r.Now
	}
	unsure := *r.Now
	unsure.Props = encodeObject(kind.Fixed(decodeObject(r.Now.Props)))
	return &unsure
}

// compare decides how a resource changes: not at all, in place, or by another
// one. The token is that of the real resource unless that is replaced; an
// update's own signals need one of its own, too, which custom resources use.
func compare(kind *types.Type, now, target *physical) string {
	changes, replace := kind.Diff(decodeObject(now.Props), decodeObject(target.Props))
	tagged := !types.Equal(tagTree(now.Tags), tagTree(target.Tags)) && strings.Contains(kind.Properties, "Tags")
	switch {
	case replace:
		return doReplace
	case len(changes) == 0 && !tagged:
		*target = *now
		return doNothing
	default:
		target.ID, target.Attrs = now.ID, now.Attrs
		if !kind.Open {
			target.Token = now.Token
		}
		return doUpdate
	}
}

// tagTree writes tags as part of a tree.
func tagTree(tags map[string]string) map[string]any {
	out := make(map[string]any, len(tags))
	for k, v := range tags {
		out[k] = v
	}
	return out
}

// retained tells whether a resource stays although the stack has it no more.
func retained(sc *scene, r *resource, p *step) bool {
	for _, keep := range sc.op.Retain {
		if keep == p.Logical {
			return true
		}
	}
	policy := r.DeletionPolicy
	if strings.HasSuffix(p.Key, oldMark) {
		policy = r.ReplacePolicy
	}
	undoing := sc.op.Kind == "create" && sc.op.Failing || sc.op.Revert
	switch policy {
	case "Retain":
		return !(undoing && sc.op.TargetConf.RetainOnCreate)
	case "RetainExceptOnCreate":
		return !undoing
	}
	return false
}

// noteStart writes that the step begins, before anything is done. It tells
// whether the step is not to go on.
func (s *Service) noteStart(ctx context.Context, sc *scene, w work) (stop bool, err error) {
	begun := *sc.step
	began := *sc.resources[begun.Logical]
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		cur, err := loadState(tx, sc.h, w)
		if err != nil {
			return err
		}
		if stop = cur == nil; stop {
			return nil
		}
		p, r := begun, began
		t := s.tell(tx, sc.h, cur.st, cur.op)
		if err := t.beginning(&r, &p); err != nil {
			return err
		}
		if p.Action == doDelete || p.Action == doRestore {
			p.Called = false
		}
		p.Initiated = true
		if err := kv.Put(tx, sc.h.waiterKey(p.Target.Token), waiter{work: w}); err != nil {
			return err
		}
		if err := kv.Put(tx, sc.h.resourceKey(w.StackID, r.Logical), r); err != nil {
			return err
		}
		*sc.step, *sc.resources[r.Logical] = p, r
		return kv.Put(tx, sc.h.stepKey(w.StackID, w.Phase, w.Step), p)
	})
	return stop, err
}

// beginning tells that a step begins.
func (t *teller) beginning(r *resource, p *step) error {
	switch p.Action {
	case doCreate:
		return t.resource(r, &physical{Type: p.Target.Type, Props: p.Target.Props}, createInProgress, "")
	case doReplace:
		return t.resource(r, p.Old, updateInProgress, "Requested update requires the creation of a new physical resource; hence creating one.")
	case doUpdate, doRestore:
		return t.resource(r, &physical{Type: p.Target.Type, ID: p.Target.ID, Props: p.Target.Props}, updateInProgress, "")
	default:
		return t.resource(r, &p.Target, deleteInProgress, "")
	}
}

// request is what a type's functions are given for a step.
func (s *Service) request(sc *scene, repeat bool) *types.Request {
	p := sc.step
	r := &types.Request{
		Caller: s.Caller, Account: sc.h.Account, Region: sc.h.Region, Partition: "aws", Endpoint: sc.op.Endpoint,
		StackName: sc.st.Name, StackID: sc.st.ARN, Logical: p.Logical, Type: p.Target.Type,
		Token: p.Target.Token, Repeat: repeat, Began: p.Began, Now: s.Clock.Now(),
		ID: p.Target.ID, Attributes: decodeObject(p.Target.Attrs), Props: decodeObject(p.Target.Props), Tags: p.Target.Tags,
		CreationPolicy: decodeObject(p.Policy), Signals: sc.signals, CallbackURL: func(token string) string { return s.callbackURL(sc.h, token) },
		Claimed: func(id string) bool {
			for _, o := range sc.resources {
				if o.Logical != p.Logical && o.Now != nil && o.Now.ID == id {
					return true
				}
			}
			return false
		},
	}
	if p.Old != nil && (p.Action == doUpdate || p.Action == doRestore) {
		r.Old, r.OldTags = decodeObject(p.Old.Props), p.Old.Tags
		if r.ID == "" {
			r.ID = p.Old.ID
		}
	}
	return r
}

// callbackURL is where whoever knows a token signals.
func (s *Service) callbackURL(h home, token string) string {
	return s.Endpoint + "/_maru/cloudformation/signal/" + h.Account + "/" + h.Region + "/" + token
}

// perform does what the step is to do, as far as it is not done.
func (s *Service) perform(ctx context.Context, sc *scene, run *task.Run, repeat bool) error {
	p := sc.step
	kind := s.typeOf(p.Target.Type)
	if kind == nil {
		return s.failStep(ctx, sc, run, fmt.Errorf("Resource type %s is not supported by maru", p.Target.Type))
	}
	r := s.request(sc, repeat)
	var result types.Result
	var ready bool
	var err error
	switch p.Action {
	case doRestore:
		ready, result = true, types.Result{ID: p.Target.ID, Attributes: decodeObject(p.Target.Attrs)}
	case doDelete:
		ready, err = remove(ctx, kind, r, p.Called)
	default:
		result, ready, err = s.bring(ctx, sc, kind, r)
	}
	switch {
	case errors.Is(err, types.ErrAgain):
		return task.Again(s.later(p))
	case retryable(err):
		return err
	case err != nil:
		if result.ID != "" {
			p.Target.ID = result.ID
		}
		return s.failStep(ctx, sc, run, err)
	case !ready && sc.op.Failing && sc.op.Phase == applyPhase:
		if result.ID != "" {
			p.Target.ID = result.ID
		}
		return s.failStep(ctx, sc, run, errCancelled)
	case !ready:
		return s.awaitStep(ctx, sc, result)
	}
	return s.finishStep(ctx, sc, run, result, nil)
}

// errCancelled is why a step ends when another one failed.
var errCancelled = errors.New("cancelled")

// bring creates or changes the resource, and sees whether it can be used.
func (s *Service) bring(ctx context.Context, sc *scene, kind *types.Type, r *types.Request) (result types.Result, ready bool, err error) {
	p := sc.step
	result = types.Result{ID: r.ID, Attributes: r.Attributes}
	if !p.Called {
		if p.Action == doUpdate {
			result, err = kind.Update(ctx, r)
		} else {
			result, err = kind.Create(ctx, r)
		}
		if err != nil || kind.Ready == nil {
			return result, true, err
		}
		r.ID = result.ID
	}
	full, ready, err := kind.Ready(ctx, r)
	if err == nil && ready {
		return full, true, nil
	}
	return result, ready, err
}

// remove deletes the resource, and sees whether it is gone.
func remove(ctx context.Context, kind *types.Type, r *types.Request, called bool) (bool, error) {
	if !called && r.ID != "" {
		if err := kind.Delete(ctx, r); err != nil {
			return false, err
		}
	}
	if kind.Gone == nil || r.ID == "" {
		return true, nil
	}
	return kind.Gone(ctx, r)
}

// retryable tells whether an error may go away by itself: it is ours, or the
// service's own.
func retryable(err error) bool {
	if err == nil {
		return false
	}
	if _, ours := errors.AsType[*types.TroubleError](err); ours {
		return true
	}
	fault, ok := errors.AsType[wire.Error](err)
	if !ok {
		return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
	}
	status := fault.HTTPStatus()
	return status >= 500 && status != 501 || status == 429 ||
		strings.Contains(fault.ErrorCode(), "Throttl")
}

// later is when a step that waits looks again: soon at first, at least every
// two seconds.
func (s *Service) later(p *step) time.Time {
	now := s.Clock.Now()
	return now.Add(min(max(now.Sub(p.Began)/4, 5*time.Millisecond), 2*time.Second))
}

// giveUpStep ends a step whose runs all failed without a reason of its own.
func (s *Service) giveUpStep(tx *kv.Tx, run *task.Run, reason error) error {
	var w work
	if err := run.Decode(&w); err != nil {
		return nil //nolint:nilerr // there is no step to end
	}
	h := home{run.Account, run.Region}
	sc, err := s.loadTx(tx, h, w)
	if err != nil || sc == nil {
		return err
	}
	if sc.resources[sc.step.Logical] == nil {
		sc.resources[sc.step.Logical] = &resource{Logical: sc.step.Logical, Type: sc.step.Target.Type}
	}
	return s.endStep(tx, sc, outcome{err: fmt.Errorf("Internal Failure (%w)", reason)})
}
