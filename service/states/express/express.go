package express

import (
	"context"
	"sync"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/integrate"
	"maru.dev/maru/service/states/machine"
	"maru.dev/maru/service/states/measure"
	"maru.dev/maru/service/states/standard"
	"maru.dev/maru/task"
)

// Limits of an execution.
const (
	// maxAge is how long an execution may take.
	maxAge = 5 * time.Minute
	// guardEvery is how often a guard looks after its execution.
	guardEvery = 10 * time.Second
)

// guardKind is the kind of tasks that guard asynchronous executions.
const guardKind = "states.express"

// Runner runs executions.
type Runner struct {
	deps         service.Deps
	shelf        *machine.Shelf
	integrations *integrate.Integrations
	metrics      *measure.Metrics

	ctx  context.Context //nolint:containedctx // what asynchronous executions run in
	stop context.CancelFunc
	all  sync.WaitGroup

	mu      sync.Mutex
	running map[string]bool // asynchronous executions of this process, by id
}

// New returns a runner. It is made once, since it handles tasks.
func New(d service.Deps, shelf *machine.Shelf, i *integrate.Integrations) *Runner {
	ctx, stop := context.WithCancel(context.Background())
	r := &Runner{deps: d, shelf: shelf, integrations: i, metrics: measure.New(d.Metrics), ctx: ctx, stop: stop, running: make(map[string]bool)}
	d.Tasks.Handle(guardKind, r.runGuard, nil)
	return r
}

// Run waits until ctx ends, and ends the asynchronous executions then; their
// guards have them run again.
func (r *Runner) Run(ctx context.Context) error {
	<-ctx.Done()
	r.stop()
	r.all.Wait()
	return nil
}

// Reset forgets what runs: its guards are gone.
func (r *Runner) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.running)
}

// Start is an execution that is to be run.
type Start struct {
	Prepared *machine.Prepared
	Key      standard.Key
	ID       string
	Input    *engine.Payload
	Version  int64
	Alias    string
	Trace    string
	At       time.Time
	// Tree is what runs, if it is not the whole definition: a map's processor.
	Tree *asl.Machine
}

// ARN is the execution's ARN.
func (s Start) ARN() string {
	return s.Key.Home.ARN("express:" + s.Key.Scope + ":" + s.Key.Name + ":" + s.ID)
}

// End is what came of an execution.
type End struct {
	Status       engine.Status
	Output       *engine.Payload
	Error, Cause *string
	At           time.Time
}

// guard is the body of a guarding task.
type guard struct {
	Scope, Name, ID, Revision, Input, Alias, Trace string
	Version                                        int64
	At                                             time.Time
}

// Start writes the guard of an asynchronous execution in tx. begin is to be
// called after the commit.
func (r *Runner) Start(tx *kv.Tx, s Start) (arn string, begin func(), err error) {
	id, err := r.deps.Tasks.Add(tx, task.Task{
		Kind: guardKind, Owner: s.Key.MachineARN(s.Key.Scope), Due: s.At.Add(guardEvery), Account: s.Key.Account, Region: s.Key.Region, TraceID: s.Trace,
		Body: guard{s.Key.Scope, s.Key.Name, s.ID, s.Prepared.ID, s.Input.Text, s.Alias, s.Trace, s.Version, s.At},
	})
	if err != nil {
		return "", nil, err
	}
	return s.ARN(), func() { r.launch(s, id) }, nil
}

// launch runs an asynchronous execution, and takes its guard away at its end.
func (r *Runner) launch(s Start, guard task.ID) {
	r.mu.Lock()
	already := r.running[s.ID]
	r.running[s.ID] = true
	r.mu.Unlock()
	if already {
		return
	}
	r.all.Go(func() {
		_, err := r.measured(r.ctx, s)
		if err == nil {
			err = r.deps.Store.Update(context.WithoutCancel(r.ctx), func(tx *kv.Tx) error { return r.deps.Tasks.Cancel(tx, guard) })
		}
		r.mu.Lock()
		delete(r.running, s.ID)
		r.mu.Unlock()
		if err != nil && r.ctx.Err() == nil {
			r.deps.Log.Error("run express execution", "arn", s.ARN(), "err", err)
		}
	})
}

// runGuard sees whether the execution of a guard runs, and runs it if not.
func (r *Runner) runGuard(ctx context.Context, run *task.Run) error {
	var g guard
	if err := run.Decode(&g); err != nil {
		return task.Dead(err)
	}
	r.mu.Lock()
	running := r.running[g.ID]
	r.mu.Unlock()
	if !running && r.ctx.Err() == nil {
		h := machine.Home{Account: run.Account, Region: run.Region}
		input, err := engine.ParsePayload(0, g.Input)
		if err != nil {
			return task.Dead(err)
		}
		s := Start{Key: standard.Key{Home: h, Scope: g.Scope, Name: g.Name}, ID: g.ID, Input: input, Version: g.Version, Alias: g.Alias, Trace: g.Trace, At: r.deps.Clock.Now()}
		err = r.deps.Store.View(ctx, func(tx *kv.Tx) error {
			s.Prepared, err = r.shelf.Get(tx, h, g.Scope, g.Revision)
			return err
		})
		if err != nil {
			return task.Dead(err) // its state machine is gone
		}
		r.launch(s, run.ID)
	}
	return task.Again(r.deps.Clock.Now().Add(guardEvery))
}

// RunChild runs a child of a map run.
func (r *Runner) RunChild(ctx context.Context, p *machine.Prepared, tree *asl.Machine, k standard.Key, input *engine.Payload, trace string) (standard.ChildEnd, error) {
	s := Start{Prepared: p, Tree: tree, Key: k, ID: r.deps.IDs.UUID(), Input: input, Trace: trace, At: r.deps.Clock.Now()}
	end, err := r.run(ctx, s)
	out := standard.ChildEnd{ARN: s.ARN(), Status: end.Status, Error: end.Error, Cause: end.Cause, Started: s.At.UnixMilli(), Stopped: end.At.UnixMilli()}
	if end.Output != nil {
		out.Output = &end.Output.Text
	}
	return out, err
}

// RunSync runs an execution in the caller's context.
func (r *Runner) RunSync(ctx context.Context, s Start) (End, error) { return r.measured(ctx, s) }
