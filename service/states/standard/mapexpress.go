package standard

import (
	"context"

	"maru.dev/maru/kv"
	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/flow"
	"maru.dev/maru/service/states/machine"
	"maru.dev/maru/task"
)

// expressKind is the kind of tasks that run express children.
const expressKind = "states.map.express"

// expressChild is the body of such a task.
type expressChild struct {
	Run   string
	Item  int64
	Name  string
	Items int64
}

// runExpressChild runs an express child and notes its end.
func (r *Runner) runExpressChild(ctx context.Context, run *task.Run) error {
	var c expressChild
	if err := run.Decode(&c); err != nil {
		return task.Dead(err)
	}
	h := machine.Home{Account: run.Account, Region: run.Region}
	var m *MapRun
	var input *engine.Payload
	err := r.deps.Store.View(ctx, func(tx *kv.Tx) (err error) {
		if m, _, err = LoadMapRun(tx, h, c.Run); err != nil || m.Phase != mapping {
			return err
		}
		text, _, err := tx.Get(mapKey(h, "ui", c.Run, c.Item))
		if err != nil {
			return err
		}
		input, err = engine.ParsePayload(0, string(text))
		return err
	})
	if err != nil {
		return err
	}
	end := ChildEnd{Status: engine.AbortedStatus}
	if input != nil {
		p, err := r.preparedFor(ctx, m)
		if err != nil {
			return err
		}
		tree, err := processorOf(p.Tree, m.Label)
		if err != nil {
			return task.Dead(err)
		}
		if end, err = r.RunExpress(ctx, p, tree, Key{h, m.childScope(), c.Name}, input, run.TraceID); err != nil {
			return err
		}
	}
	return r.deps.Store.Update(context.WithoutCancel(ctx), func(tx *kv.Tx) error {
		if err := run.Done(tx); err != nil {
			return err
		}
		return r.childEnded(tx, h, c.Run, c.Item, childEnd{Name: c.Name, Status: end.Status, Express: &end, Items: c.Items})
	})
}

// expressChildDied notes the end of a child that cannot be run.
func (r *Runner) expressChildDied(tx *kv.Tx, run *task.Run, reason error) error {
	var c expressChild
	if err := run.Decode(&c); err != nil {
		return nil //nolint:nilerr // what cannot be read cannot be noted
	}
	end := ChildEnd{Status: engine.FailedStatus, Error: new(flow.ErrRuntime), Cause: new(reason.Error())}
	return r.childEnded(tx, machine.Home{Account: run.Account, Region: run.Region}, c.Run, c.Item, childEnd{Name: c.Name, Status: end.Status, Express: &end, Items: c.Items})
}
