package cloudformation

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"maru.dev/maru/kv"
	"maru.dev/maru/service/cloudformation/template"
	"maru.dev/maru/task"
)

// runPhase ends a phase whose steps have all ended.
func (s *Service) runPhase(ctx context.Context, run *task.Run) error {
	var w work
	if err := run.Decode(&w); err != nil {
		return task.Dead(err)
	}
	h := home{run.Account, run.Region}
	sc, err := s.load(ctx, h, w)
	if err != nil || sc == nil {
		return err
	}
	ctx = s.asStack(ctx, sc)
	e := &ending{scene: sc}
	if sc.op.Kind != "delete" {
		if e.template, err = s.template(ctx, h, w.StackID, sc.op.Target.Text); err != nil {
			return err
		}
	}
	if sc.op.Phase == applyPhase && !sc.op.Failing {
		e.outputs, e.fault = s.evalOutputs(ctx, e)
	}
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		if err := run.Done(tx); err != nil {
			return err
		}
		cur, err := s.loadTx(tx, h, w)
		if err != nil || cur == nil {
			return err
		}
		now := *e
		now.scene = cur
		return s.endPhase(tx, &now)
	})
}

// ending is a phase at its end.
type ending struct {
	*scene
	template *template.Template
	outputs  []output
	fault    error // of the outputs
}

// evalOutputs evaluates the outputs whose conditions hold.
func (s *Service) evalOutputs(ctx context.Context, e *ending) ([]output, error) {
	env := s.targetEnv(ctx, e.h, e.st, e.op, e.template, e.resources)
	var out []output
	for _, name := range slices.Sorted(maps.Keys(e.template.Outputs)) {
		def := e.template.Outputs[name]
		if def.Condition != "" && !env.Conditions[def.Condition] {
			continue
		}
		v, err := env.Eval(ctx, def.Value)
		if err != nil {
			return nil, err
		}
		value, ok := outputText(v)
		if !ok {
			return nil, invalid("Template format error: Output %s is malformed. The Value field of every Outputs member must evaluate to a String.", name)
		}
		o := output{Key: name, Value: value, Description: def.Description}
		if def.Export != nil {
			x, err := env.Eval(ctx, def.Export)
			if err != nil {
				return nil, err
			}
			if o.Export, ok = outputText(x); !ok {
				return nil, invalid("Template format error: Output %s is malformed. The Name field of every Export member must evaluate to a String.", name)
			}
		}
		out = append(out, o)
	}
	return out, nil
}

// outputText is an output's value as text; a list is none.
func outputText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case nil, []any, map[string]any:
		return "", false
	default:
		return fmt.Sprint(v), true
	}
}

// endPhase writes what follows a phase.
func (s *Service) endPhase(tx *kv.Tx, e *ending) error {
	t := s.tell(tx, e.h, e.st, e.op)
	switch e.op.Phase {
	case applyPhase:
		if !e.op.Failing && e.fault == nil {
			e.fault = s.putExports(tx, e)
		}
		if e.op.Failing || e.fault != nil {
			return s.endApplyFailed(t, e)
		}
		return s.endApply(t, e)
	case revertPhase:
		return s.endRevert(t, e)
	case deletePhase:
		return s.endDelete(t, e)
	default:
		return s.endCleanup(t, e)
	}
}

// endApply ends an apply phase in which all went well.
func (s *Service) endApply(t *teller, e *ending) error {
	e.st.Outputs, e.st.Deployment, e.st.Settings = e.outputs, e.op.Target, e.op.TargetConf
	if e.op.ChangeSetID != "" {
		e.st.ChangeSetID = e.op.ChangeSetID
	}
	if e.op.Kind == "create" {
		if err := t.stack(createComplete, ""); err != nil {
			return err
		}
		return s.close(t, e)
	}
	if err := t.stack(updateCleanup, ""); err != nil {
		return err
	}
	return s.follow(t, e, cleanupPhase, planCleanup(e.resources, e.template.Live(e.op.Target.Conditions)))
}

// failure is the reason that the stack gives for what failed.
func (e *ending) failure() string {
	switch {
	case e.op.Reason != "":
		return e.op.Reason
	case e.fault != nil:
		return reasonOf(e.fault)
	case len(e.op.Failed) == 0:
		return ""
	}
	return fmt.Sprintf("The following resource(s) failed to %s: [%s]. ", e.op.Verb, strings.Join(e.op.Failed, ", "))
}

// endApplyFailed ends an apply phase in which something failed.
func (s *Service) endApplyFailed(t *teller, e *ending) error {
	reason := e.failure()
	e.op.Failing = true
	if e.op.Kind == "update" {
		if e.op.TargetConf.DisableRollback {
			if err := t.stack(updateFailed, reason); err != nil {
				return err
			}
			return s.stop(t, e)
		}
		if err := t.stack(revertInProgress, reason); err != nil {
			return err
		}
		return s.follow(t, e, revertPhase, planRevert(e.resources, nil))
	}
	e.st.Deployment, e.st.Settings = e.op.Target, e.op.TargetConf
	if e.op.ChangeSetID != "" {
		e.st.ChangeSetID = e.op.ChangeSetID
	}
	switch {
	case e.op.TargetConf.OnFailure == "DO_NOTHING" || e.op.TargetConf.DisableRollback:
		if err := t.stack(createFailed, reason); err != nil {
			return err
		}
		return s.stop(t, e)
	case e.op.TargetConf.OnFailure == "DELETE":
		if err := t.stack(deleteInProgress, reason+"Delete requested by user."); err != nil {
			return err
		}
		e.op.Kind = "delete"
	default:
		if err := t.stack(rollbackProgress, reason+"Rollback requested by user."); err != nil {
			return err
		}
	}
	return s.follow(t, e, deletePhase, planDelete(e.resources))
}

// follow enters the operation's next phase.
func (s *Service) follow(t *teller, e *ending, phase string, steps []step) error {
	e.op.Phase, e.op.Failed, e.op.Reason = phase, nil, ""
	if err := kv.Put(t.tx, e.h.stackKey(e.st.ID), *e.st); err != nil {
		return err
	}
	if err := kv.Put(t.tx, e.h.operationKey(e.st.ID), *e.op); err != nil {
		return err
	}
	return s.enter(t.tx, e.h, e.st, e.op, steps)
}

// endRevert ends the bringing back of what an update changed.
func (s *Service) endRevert(t *teller, e *ending) error {
	if len(e.op.Failed) > 0 {
		if err := t.stack(revertFailed, e.failure()); err != nil {
			return err
		}
		return s.stop(t, e)
	}
	if err := t.stack(revertCleanup, ""); err != nil {
		return err
	}
	e.op.Revert = true
	return s.follow(t, e, cleanupPhase, planRevertCleanup(e.resources))
}

// endDelete ends the removal of all resources.
func (s *Service) endDelete(t *teller, e *ending) error {
	status := deleteComplete
	if e.op.Kind == "create" {
		status = rollbackComplete
	}
	if len(e.op.Failed) > 0 && !e.op.Force {
		status = deleteFailed
		if e.op.Kind == "create" {
			status = rollbackFailed
		}
		if err := t.stack(status, e.failure()); err != nil {
			return err
		}
		return s.stop(t, e)
	}
	if err := t.stack(status, ""); err != nil {
		return err
	}
	if status == deleteComplete {
		e.st.Deleted = t.at
		if err := s.bury(t.tx, e); err != nil {
			return err
		}
	}
	return s.close(t, e)
}

// bury takes a stack's name, exports and imports away.
func (s *Service) bury(tx *kv.Tx, e *ending) error {
	if name, ok, err := kv.Get[string](tx, e.h.nameKey(e.st.Name)); err != nil {
		return err
	} else if ok && name == e.st.ID {
		if err := tx.Delete(e.h.nameKey(e.st.Name)); err != nil {
			return err
		}
	}
	for _, o := range e.st.Outputs {
		if o.Export != "" {
			if err := tx.Delete(e.h.exportKey(o.Export)); err != nil {
				return err
			}
		}
	}
	if err := tx.DeleteRange(kv.Prefix(e.h.changeSetsOf(e.st.ID))); err != nil {
		return err
	}
	return dropImports(tx, e.h, e.st.ID, "")
}

// endCleanup ends the removal of what was left over. What could not be removed
// stays where it is, and out of the stack.
func (s *Service) endCleanup(t *teller, e *ending) error {
	status := updateComplete
	if e.op.Revert {
		status = revertComplete
	}
	if err := t.stack(status, ""); err != nil {
		return err
	}
	if !e.op.Revert {
		if err := dropImports(t.tx, e.h, e.st.ID, e.op.ID); err != nil {
			return err
		}
	}
	for _, r := range e.resources {
		gone := r.Now == nil || e.op.Revert && r.Touched && r.Before == nil && failedIn(e, r.Logical)
		if e.template != nil && !e.op.Revert && e.template.Resources[r.Logical] == nil {
			gone = true
		}
		if gone {
			if err := t.tx.Delete(e.h.resourceKey(e.st.ID, r.Logical)); err != nil {
				return err
			}
			delete(e.resources, r.Logical)
		}
	}
	return s.close(t, e)
}

// failedIn tells whether a resource's step of this phase failed.
func failedIn(e *ending, logical string) bool { return slices.Contains(e.op.Failed, logical) }

// close ends an operation that leaves nothing to roll back.
func (s *Service) close(t *teller, e *ending) error {
	for _, name := range slices.Sorted(maps.Keys(e.resources)) {
		r := e.resources[name]
		if r.Before == nil && !r.Touched {
			continue
		}
		r.Before, r.Touched = nil, false
		if err := kv.Put(t.tx, e.h.resourceKey(e.st.ID, name), *r); err != nil {
			return err
		}
	}
	return s.stop(t, e)
}

// stop ends an operation.
func (s *Service) stop(t *teller, e *ending) error {
	e.op.Over = true
	if err := t.tx.DeleteRange(kv.Prefix(e.h.stepsOf(e.st.ID, e.op.Phase))); err != nil {
		return err
	}
	if err := kv.Put(t.tx, e.h.operationKey(e.st.ID), *e.op); err != nil {
		return err
	}
	return kv.Put(t.tx, e.h.stackKey(e.st.ID), *e.st)
}

// putExports writes the stack's exports, and takes those away that it has no
// more. An export that another stack uses cannot change.
func (s *Service) putExports(tx *kv.Tx, e *ending) error {
	want := map[string]string{}
	for _, o := range e.outputs {
		if o.Export == "" {
			continue
		}
		if _, twice := want[o.Export]; twice {
			return invalid("Output %s is malformed. Duplicate export name: %s", o.Key, o.Export)
		}
		want[o.Export] = o.Value
	}
	for _, o := range e.st.Outputs {
		if o.Export == "" {
			continue
		}
		now, stays := want[o.Export]
		if stays && now == o.Value {
			continue
		}
		users, err := importers(tx, e.h, o.Export)
		switch {
		case err != nil:
			return err
		case len(users) > 0 && stays:
			return invalid("Export %s cannot be updated as it is in use by %s", o.Export, strings.Join(users, ", "))
		case len(users) > 0:
			return invalid("Export %s cannot be deleted as it is in use by %s", o.Export, strings.Join(users, ", "))
		}
	}
	return s.replaceExports(tx, e, want)
}

// replaceExports makes the exports of a stack those of want.
func (s *Service) replaceExports(tx *kv.Tx, e *ending, want map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		x, taken, err := kv.Get[export](tx, e.h.exportKey(name))
		if err != nil {
			return err
		}
		if taken && x.StackARN != e.st.ARN {
			return invalid("Export with name %s is already exported by stack %s. Rollback requested by user.", name, stackOf(x.StackARN))
		}
	}
	for _, o := range e.st.Outputs {
		if _, stays := want[o.Export]; o.Export != "" && !stays {
			if err := tx.Delete(e.h.exportKey(o.Export)); err != nil {
				return err
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if err := kv.Put(tx, e.h.exportKey(name), export{name, want[name], e.st.ARN}); err != nil {
			return err
		}
	}
	return nil
}

// stackOf is the name in a stack's ARN.
func stackOf(arn string) string {
	_, rest, _ := strings.Cut(arn, ":stack/")
	name, _, _ := strings.Cut(rest, "/")
	return name
}

// importers are the names of the stacks that use an export.
func importers(tx *kv.Tx, h home, name string) ([]string, error) {
	var out []string
	for row, err := range kv.Scan[importer](tx, kv.Prefix(h.importsOf(name))) {
		if err != nil {
			return nil, fmt.Errorf("load imports: %w", err)
		}
		out = append(out, row.Value.Name)
	}
	slices.Sort(out)
	return out, nil
}

// dropImports forgets that a stack uses exports, but for those that it used in
// an operation.
func dropImports(tx *kv.Tx, h home, id, but string) error {
	for row, err := range kv.Scan[importer](tx, kv.Prefix(h.key("i"))) {
		if err != nil {
			return fmt.Errorf("load imports: %w", err)
		}
		var name, user string
		if err := row.Key.Scan(4, &name, &user); err != nil {
			return err
		}
		if user != id || but != "" && row.Value.Operation == but {
			continue
		}
		if err := tx.Delete(row.Key); err != nil {
			return err
		}
	}
	return nil
}
