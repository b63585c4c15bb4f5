package standard

import (
	"context"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"sync"

	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/integrate"
	"maru.dev/maru/service/states/machine"
	"maru.dev/maru/service/states/measure"
)

// Runner keeps and runs executions.
type Runner struct {
	deps         service.Deps
	Shelf        *machine.Shelf
	integrations *integrate.Integrations
	data         *dataCache
	metrics      *measure.Metrics

	// RunExpress runs a child of a map run that is an express execution.
	RunExpress func(ctx context.Context, p *machine.Prepared, tree *asl.Machine, k Key, input *engine.Payload, trace string) (ChildEnd, error)

	seed  maphash.Seed
	locks [512]sync.Mutex
}

// New returns a runner. It is made once, since it handles tasks.
func New(d service.Deps, shelf *machine.Shelf, i *integrate.Integrations) *Runner {
	r := &Runner{deps: d, Shelf: shelf, integrations: i, data: newDataCache(), metrics: measure.New(d.Metrics), seed: maphash.MakeSeed()}
	d.Tasks.Handle(workKind, r.runWork, r.workDied)
	d.Tasks.Handle(answerKind, r.runAnswer, nil)
	d.Tasks.Handle(mapKind, r.runMap, nil)
	d.Tasks.Handle(expressKind, r.runExpressChild, r.expressChildDied)
	d.Tasks.Handle(logKind, r.runLog, nil)
	return r
}

// Reset forgets what is remembered.
func (r *Runner) Reset() {
	r.Shelf.Reset()
	r.data.reset()
}

// update changes an execution in a transaction, one after another where it can.
func (r *Runner) update(ctx context.Context, k Key, fn func(tx *kv.Tx) error) error {
	lock := &r.locks[maphash.String(r.seed, k.Scope+"\x00"+k.Name)%uint64(len(r.locks))]
	lock.Lock()
	defer lock.Unlock()
	return r.deps.Store.Update(ctx, fn)
}

// Load reads an execution; ok is false where there is none.
func Load(tx *kv.Tx, k Key) (x *Execution, ok bool, err error) {
	rec, ok, err := kv.Get[Execution](tx, k.key())
	if err != nil {
		return nil, false, fmt.Errorf("load execution: %w", err)
	}
	rec.Key = k
	return &rec, ok, nil
}

// turn takes an execution forward in tx: how begins the turn. What came of it is
// written, and told to those who wait. remember takes it into memory after the
// commit.
func (r *Runner) turn(ctx context.Context, tx *kv.Tx, x *Execution, how func(t *engine.Turn) error) (remember func(), err error) {
	p, err := r.Shelf.Get(tx, x.Key.Home, x.Key.Machine(), x.Revision)
	if err != nil {
		return nil, err
	}
	tree := p.Tree
	if label := x.Key.Label(); label != "" {
		if tree, err = processorOf(p.Tree, label); err != nil {
			return nil, err
		}
	}
	v := &visit{runner: r, tx: tx, x: x, p: p}
	t := &engine.Turn{
		Host: v, Ctx: ctx, Machine: tree, All: p.Tree.All, State: &x.State, Status: x.Status,
		Now: r.deps.Clock.Now(), Random: rand.Float64, UUID: r.deps.IDs.UUID, Region: x.Key.Region,
	}
	v.turn = t
	teller := r.teller(x)
	teller.Before(&x.State)
	before, tasks := *x, measure.Underway(&x.State, p.Tree.All)
	if err := how(t); err != nil {
		return nil, err
	}
	if err := r.save(tx, &before, x, p, t); err != nil {
		return nil, err
	}
	spans := r.spansOf(tx, teller, x, t)
	return func() { r.data.put(x, t); r.measure(&before, x, t, tasks); r.tell(spans) }, nil
}
