package standard

import (
	"context"
	"errors"
	"fmt"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/history"
)

// ErrExists says that another execution has the name.
var ErrExists = errors.New("standard: the execution exists")

// nameRest is how long a name is taken after its execution has ended.
const nameRest = 90 * 24 * time.Hour

// Start writes a new execution, x, and takes its first turn, in tx. If there is
// one already that the same call made, or a running one with the same input, it
// is returned instead.
func (r *Runner) Start(ctx context.Context, tx *kv.Tx, x *Execution, input *engine.Payload) (started *Execution, remember func(), err error) {
	old, ok, err := Load(tx, x.Key)
	if err != nil {
		return nil, nil, err
	}
	if ok {
		if old, err = r.again(tx, old, x, input); old != nil || err != nil {
			return old, func() {}, err
		}
	}
	x.State = engine.State{}
	x.Status = 0
	remember, err = r.turn(ctx, tx, x, func(t *engine.Turn) error {
		return t.Start(history.Event{Role: x.Role, Resource: x.VersionARN(), ResourceType: x.AliasARN()}, input)
	})
	return x, remember, err
}

// again decides what a second start under a name is: the same one, a conflict,
// or, long after the first has ended, another.
func (r *Runner) again(tx *kv.Tx, old, x *Execution, input *engine.Payload) (*Execution, error) {
	if old.Once != "" && old.Once == x.Once {
		return old, nil
	}
	if old.Status == engine.Running {
		text, err := Text(tx, old.Key, 1)
		if err != nil {
			return nil, err
		}
		if text == input.Text && old.Revision == x.Revision && old.Version == x.Version && old.Alias == x.Alias {
			return old, nil
		}
		return nil, ErrExists
	}
	if At(old.Stopped).Add(nameRest).After(r.deps.Clock.Now()) {
		return nil, ErrExists
	}
	return nil, Remove(tx, old)
}

// Remove takes an execution away with its history.
func Remove(tx *kv.Tx, x *Execution) error {
	if err := tx.DeleteRange(kv.Prefix(x.Key.events())); err != nil {
		return err
	}
	if err := removeMapRuns(tx, x.Key); err != nil {
		return err
	}
	if err := tx.Delete(x.indexKey()); err != nil {
		return err
	}
	return tx.Delete(x.Key.key())
}

// Change takes a turn of an execution for an operation. check looks at the
// execution before; its error ends the change. One that is not there is nil.
func (r *Runner) Change(ctx context.Context, k Key, check func(x *Execution) error, how func(t *engine.Turn, x *Execution) error) (changed *Execution, err error) {
	var remember func()
	err = r.update(ctx, k, func(tx *kv.Tx) error {
		x, ok, err := Load(tx, k)
		if err != nil {
			return err
		}
		if !ok {
			x = nil
		}
		if err := check(x); err != nil {
			return err
		}
		changed = x
		remember, err = r.turn(ctx, tx, x, func(t *engine.Turn) error { return how(t, x) })
		return err
	})
	if err != nil {
		return nil, err
	}
	remember()
	return changed, nil
}

// processorOf finds the item processor of the Map state with a label.
func processorOf(tree *asl.Machine, label string) (*asl.Machine, error) {
	for _, s := range tree.All {
		if s.Type == asl.TypeMap && s.Map.Distributed && LabelOf(s) == label {
			return s.Map.Processor, nil
		}
	}
	return nil, fmt.Errorf("no Map state has the label %q", label)
}

// LabelOf is the label of a distributed Map state: the one it was given, or one
// made of its name.
func LabelOf(s *asl.State) string {
	if s.Map.Label != "" {
		return s.Map.Label
	}
	return s.Name
}

// redrivePeriod is how long after its end an execution can be redriven.
const redrivePeriod = 14 * 24 * time.Hour

// Redrivable tells whether an execution can be redriven, and if not, why.
func (x *Execution) Redrivable(now time.Time) (status, reason string) {
	switch {
	case x.Status == engine.Running || x.Status == engine.Succeeded:
		return "NOT_REDRIVABLE", "Execution is " + x.Status.String() + " and cannot be redriven"
	case x.full():
		return "NOT_REDRIVABLE", "Execution history event limit exceeded"
	case x.Run != "":
		return "REDRIVABLE_BY_MAP_RUN", ""
	case now.Sub(At(x.Stopped)) > redrivePeriod:
		return "NOT_REDRIVABLE", "Execution redrivable period exceeded"
	case now.Sub(At(x.Started)) > 365*24*time.Hour:
		return "NOT_REDRIVABLE", "Execution has exceeded the max execution time"
	}
	return "REDRIVABLE", ""
}
