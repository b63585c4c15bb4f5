package compute

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"maru.dev/maru/clock"
	"maru.dev/maru/compute/procs"
)

// Pool keeps execution environments and runs invocations in them. What it
// holds is no truth: a new Pool starts empty.
type Pool struct {
	opts     Options
	hosts    *interpreters
	driver   driver
	starters *starters
	files    bootstrapFiles

	mu      sync.Mutex
	closed  bool
	idle    map[string][]*environment // by Function.Key; the last is the most recently used
	lru     *list.List                // idle environments, least recently used first
	all     map[*environment]struct{}
	retired map[string]uint64 // Owner → generation; environments of older ones end after their work
	kept    map[string]int    // Function.Key → idle environments that are not ended for want of work
	active  map[*environment]struct{}
	wake    chan struct{} // the watch looks seldom while nothing is active
	rest    chan struct{} // told when nothing is active any more
	looks   chan struct{} // holds one for each look at a disk
}

// New makes a Pool over o.Dir and kills what an earlier one left running there.
func New(o Options) (*Pool, error) {
	o = o.withDefaults()
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("compute folder: %w", err)
	}
	o.Dir = dir
	reap(environmentsDir(dir))
	if err := os.RemoveAll(environmentsDir(dir)); err != nil {
		return nil, fmt.Errorf("clear environments: %w", err)
	}
	if err := os.MkdirAll(environmentsDir(dir), 0o755); err != nil {
		return nil, fmt.Errorf("make environments folder: %w", err)
	}
	d, err := newDriver(o.Driver, o.Helper)
	if err != nil {
		return nil, err
	}
	files, err := writeBootstraps(filepath.Join(dir, "runtime"))
	if err != nil {
		return nil, err
	}
	return &Pool{
		opts:     o,
		hosts:    &interpreters{},
		driver:   d,
		starters: newStarters(),
		files:    files,
		idle:     make(map[string][]*environment),
		lru:      list.New(),
		all:      make(map[*environment]struct{}),
		retired:  make(map[string]uint64),
		active:   make(map[*environment]struct{}),
		wake:     make(chan struct{}, 1),
		rest:     make(chan struct{}, 1),
		looks:    make(chan struct{}, diskLooks),
	}, nil
}

// environmentsDir is where the environments' own folders are. Its name in a
// process's environment marks that process as ours.
func environmentsDir(dir string) string { return filepath.Join(dir, "env") }

// Supports reports whether functions of a runtime can run here, and if not why.
func (p *Pool) Supports(runtime string) error {
	_, err := p.hosts.command(runtime)
	return err
}

// Invoke runs one invocation and returns what became of it. When ctx ends
// first the function still runs to its end, as on AWS, and Invoke returns
// ctx's error.
func (p *Pool) Invoke(ctx context.Context, f *Function, r *Request) (Result, error) {
	e, err := p.take(f)
	if err != nil {
		return Result{}, err
	}
	done := ctx.Done()
	if done == nil {
		return p.run(ctx, e, f, r)
	}
	type outcome struct {
		result Result
		err    error
	}
	out := make(chan outcome, 1)
	go func() {
		result, err := p.run(context.WithoutCancel(ctx), e, f, r)
		out <- outcome{result, err}
	}()
	select {
	case o := <-out:
		return o.result, o.err
	case <-done:
		return Result{}, ctx.Err()
	}
}

// run starts e where it is new, invokes it, and puts it back or ends it.
func (p *Pool) run(ctx context.Context, e *environment, f *Function, r *Request) (Result, error) {
	if !e.started {
		if err := e.start(ctx, f); err != nil {
			p.discard(e)
			return Result{}, err
		}
	}
	p.setActive(e, true)
	result, fate := e.invoke(ctx, r)
	p.setActive(e, false)
	switch fate {
	case reusable:
		p.give(e)
	case ended:
		p.discard(e)
	case unused: // it died while it was idle, which is not this invocation's fault
		p.discard(e)
		e, err := p.take(f)
		if err != nil {
			return Result{}, err
		}
		return p.run(ctx, e, f, r)
	}
	return result, nil
}

// Keep says of how many environments which functions are kept idle, by Key.
// What is not named is kept as ever: for IdleAfter.
func (p *Pool) Keep(kept map[string]int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept = kept
}

// Ready returns how many environments of a key could take work or are at it.
func (p *Pool) Ready(key string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for e := range p.all {
		if _, active := p.active[e]; e.fn.Key == key && (active || e.place != nil && e.alive()) {
			n++
		}
	}
	return n
}

// Warm starts environments of f until n are idle or at work: what provisioned
// concurrency asks for.
func (p *Pool) Warm(ctx context.Context, f *Function, n int) error {
	p.buryIdle()
	for p.count(f.Key) < n {
		e, err := p.newEnvironment(f)
		if err != nil {
			return err
		}
		if err := e.start(ctx, f); err != nil {
			p.discard(e)
			return err
		}
		if failed := e.awaitInit(ctx); failed != nil {
			p.discard(e)
			return fmt.Errorf("initialise %s: %s", f.Name, failed.payload)
		}
		p.give(e)
	}
	return nil
}

// buryIdle ends the idle environments that have died.
func (p *Pool) buryIdle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for at := p.lru.Front(); at != nil; {
		e := at.Value.(*environment)
		if at = at.Next(); !e.alive() {
			p.evict(e)
		}
	}
}

// spare returns the least recently used idle environment that is not kept, or
// nil. The lock is held.
func (p *Pool) spare() *environment {
	for at := p.lru.Front(); at != nil; at = at.Next() {
		if e := at.Value.(*environment); !p.keeps(e) {
			return e
		}
	}
	return nil
}

// keeps tells whether e, which is idle, is one of those that are kept. The lock
// is held.
func (p *Pool) keeps(e *environment) bool {
	return len(p.idle[e.fn.Key]) <= p.kept[e.fn.Key] && e.alive()
}

// count returns how many environments of a key there are.
func (p *Pool) count(key string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for e := range p.all {
		if e.fn.Key == key {
			n++
		}
	}
	return n
}

// take returns the most recently used idle environment of f, or a new one that
// is yet to be started.
func (p *Pool) take(f *Function) (*environment, error) {
	p.mu.Lock()
	for {
		free := p.idle[f.Key]
		if len(free) == 0 {
			break
		}
		e := free[len(free)-1]
		p.unidle(e)
		if e.alive() {
			p.mu.Unlock()
			return e, nil
		}
		delete(p.all, e)
		go e.end()
	}
	p.mu.Unlock()
	return p.newEnvironment(f)
}

// newEnvironment makes room for one more environment and enters it.
func (p *Pool) newEnvironment(f *Function) (*environment, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, ErrClosed
	}
	if len(p.all) >= p.opts.Max {
		oldest := p.spare()
		if oldest == nil {
			return nil, ErrBusy
		}
		p.evict(oldest)
	}
	e := p.makeEnvironment(f)
	e.generation = p.retired[f.Owner]
	p.all[e] = struct{}{}
	select {
	case p.wake <- struct{}{}: // it is looked after though nothing may ever be invoked in it
	default:
	}
	return e, nil
}

// give puts e back for the next invocation, unless it was retired meanwhile.
func (p *Pool) give(e *environment) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, known := p.all[e]; p.closed || !known || e.generation != p.retired[e.fn.Owner] {
		delete(p.all, e)
		go e.end()
		return
	}
	e.idleSince = p.opts.Clock.Now()
	if !e.expires.IsZero() && e.idleSince.After(e.expires.Add(-credentialMargin)) {
		delete(p.all, e)
		go e.end()
		return
	}
	e.place = p.lru.PushBack(e)
	p.idle[e.fn.Key] = append(p.idle[e.fn.Key], e)
	for p.lru.Len() > p.opts.MaxIdle {
		oldest := p.spare()
		if oldest == nil {
			return
		}
		p.evict(oldest)
	}
}

// credentialMargin is how long before its credentials an environment ends, so
// that no invocation outlives them.
const credentialMargin = 16 * time.Minute

// discard ends e for good.
func (p *Pool) discard(e *environment) {
	p.mu.Lock()
	delete(p.all, e)
	p.mu.Unlock()
	e.end()
}

// evict ends an idle environment. The lock is held.
func (p *Pool) evict(e *environment) {
	p.unidle(e)
	delete(p.all, e)
	go e.end()
}

// unidle takes e out of the idle lists. The lock is held.
func (p *Pool) unidle(e *environment) {
	p.lru.Remove(e.place)
	e.place = nil
	free := p.idle[e.fn.Key]
	for i := len(free) - 1; i >= 0; i-- {
		if free[i] == e {
			free = append(free[:i], free[i+1:]...)
			break
		}
	}
	if len(free) == 0 {
		delete(p.idle, e.fn.Key)
		return
	}
	p.idle[e.fn.Key] = free
}

// Retire ends the environments of an owner: idle ones now, others when their
// invocation is done. It is called when code or configuration changes.
func (p *Pool) Retire(owner string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.retired[owner]++
	for e := range p.all {
		if e.fn.Owner == owner && e.place != nil {
			p.evict(e)
		}
	}
}

// Reset ends every environment at once, those at work included.
func (p *Pool) Reset() {
	p.mu.Lock()
	all := p.all
	p.all = make(map[*environment]struct{})
	p.idle = make(map[string][]*environment)
	p.lru.Init()
	p.mu.Unlock()
	for e := range all {
		e.kill()
		go e.end()
	}
}

// Run ends idle environments that nobody needed for long and watches memory
// and process counts of those at work, until ctx ends; then it closes the pool,
// once those at work are done or have had their grace.
func (p *Pool) Run(ctx context.Context) error {
	defer p.Close()
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	go p.watch(watching)
	timer := p.opts.Clock.NewTimer(p.opts.IdleAfter / 4)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			p.settle()
			return nil
		case <-timer.C():
			p.expire()
			timer.Reset(p.opts.IdleAfter / 4)
		}
	}
}

// grace is how long functions may go on when the pool ends.
const grace = 3 * time.Second

// settle waits for the environments at work.
func (p *Pool) settle() {
	limit := p.opts.Clock.NewTimer(grace)
	defer limit.Stop()
	for len(p.atWork()) > 0 {
		select {
		case <-p.rest:
		case <-limit.C():
			return
		}
	}
}

// expire ends the environments that were idle for too long.
func (p *Pool) expire() {
	p.mu.Lock()
	defer p.mu.Unlock()
	limit := p.opts.Clock.Now().Add(-p.opts.IdleAfter)
	for e := p.spare(); e != nil; e = p.spare() {
		if e.alive() && e.idleSince.After(limit) {
			return
		}
		p.evict(e)
	}
}

// Close kills every environment and waits until they are gone.
func (p *Pool) Close() {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return
	}
	p.closed = true
	all := p.all
	p.all = make(map[*environment]struct{})
	p.idle = make(map[string][]*environment)
	p.lru.Init()
	p.mu.Unlock()

	var group sync.WaitGroup
	for e := range all {
		group.Go(e.end)
	}
	group.Wait()
	p.starters.close()
}

// setActive tells the watch whether e is at work.
func (p *Pool) setActive(e *environment, on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var told chan struct{}
	if on {
		if p.active[e] = struct{}{}; len(p.active) == 1 {
			told = p.wake
		}
	} else if delete(p.active, e); len(p.active) == 0 {
		told = p.rest
	}
	select {
	case told <- struct{}{}:
	default: // nobody is to be told, or has been already
	}
}

// atWork returns the environments that are at work.
func (p *Pool) atWork() []*environment {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]*environment, 0, len(p.active))
	for e := range p.active {
		out = append(out, e)
	}
	return out
}

// The watch's rhythm: memory of each leader at every tick, whole process groups
// and what they have on disk at every tenth. Idle environments, too, are looked
// after now and then: their function may have left something running.
const (
	watchTick  = 10 * time.Millisecond
	groupTicks = 10
	idleEvery  = time.Second
)

// watch looks after the limits of environments.
func (p *Pool) watch(ctx context.Context) {
	timer := p.opts.Clock.NewTimer(watchTick)
	defer timer.Stop()
	var whole time.Time // when all of them were last looked after, by the machine's clock
	for tick := 0; ; tick++ {
		select {
		case <-ctx.Done():
			return
		case <-timer.C():
		}
		busy, all := p.atWork(), p.everyone()
		if now := (clock.System{}).Now(); now.Sub(whole) >= idleEvery {
			whole = now
			p.buryIdle()
			p.checkLimits(all, true)
		} else {
			p.checkLimits(busy, tick%groupTicks == groupTicks-1)
		}
		if len(busy) > 0 {
			timer.Reset(watchTick)
			continue
		}
		if len(all) > 0 {
			timer.Reset(idleEvery)
		}
		select {
		case <-ctx.Done():
			return
		case <-timer.C():
		case <-p.wake:
		}
		timer.Reset(watchTick)
	}
}

// everyone returns all environments, idle ones too.
func (p *Pool) everyone() []*environment {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Collect(maps.Keys(p.all))
}

// checkLimits ends those environments that hold too much memory or, when
// groups are counted too, have too many processes or too much on disk.
func (p *Pool) checkLimits(environments []*environment, wholeGroups bool) {
	if len(environments) == 0 {
		return
	}
	var groups map[int]procs.Use
	if wholeGroups {
		leaders := make([]int, 0, len(environments))
		for _, e := range environments {
			if pid := e.pid(); pid != 0 {
				leaders = append(leaders, pid)
			}
		}
		groups = procs.Groups(leaders)
	}
	for _, e := range environments {
		pid := e.pid()
		if pid == 0 {
			continue
		}
		use := groups[pid]
		if len(use.PIDs) == 0 {
			use.Add(pid)
		}
		if wholeGroups {
			p.lookAtDisk(e, use.PIDs)
		}
		e.observe(use)
	}
}

// errNoRuntime reports that the host lacks what a runtime needs.
var errNoRuntime = errors.New("runtime is not available")
