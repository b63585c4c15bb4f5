package standard

import (
	"context"
	"time"

	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/states/history"
	"maru.dev/maru/service/states/machine"
	"maru.dev/maru/service/states/trail"
	"maru.dev/maru/task"
)

// logKind is the kind of tasks that bring events to CloudWatch Logs.
const logKind = "states.log"

// logged is the body of such a task.
type logged struct {
	Group string
	Batch trail.Batch
}

// log arranges that events are written to the log that the machine names.
func (r *Runner) log(tx *kv.Tx, x *Execution, p *machine.Prepared, events []history.Event) error {
	if p.LogLevel == "OFF" || len(events) == 0 {
		return nil
	}
	batch, err := trail.Lines(p, x.Key.ARN(), x.Redrives, events, func(event int64) (string, error) { return Text(tx, x.Key, event) })
	if err != nil || len(batch.Lines) == 0 {
		return err
	}
	_, err = r.deps.Tasks.Add(tx, task.Task{
		Kind: logKind, Owner: p.LogGroup, Account: x.Key.Account, Region: x.Key.Region, TraceID: x.Trace,
		Policy: task.Policy{MinBackoff: 200 * time.Millisecond, MaxBackoff: 20 * time.Second, MaxAttempts: 8},
		Body:   logged{p.LogGroup, batch},
	})
	return err
}

// runLog writes lines to a log group.
func (r *Runner) runLog(ctx context.Context, run *task.Run) error {
	var l logged
	if err := run.Decode(&l); err != nil {
		return task.Dead(err)
	}
	ctx = call.As(ctx, "delivery.logs.amazonaws.com", l.Group, run.Account, run.Region)
	err := trail.Put(ctx, r.deps.Caller, l.Group, l.Batch)
	if task.Refused(err) {
		return task.Dead(err)
	}
	return err
}
