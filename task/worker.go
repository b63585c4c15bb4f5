package task

import (
	"cmp"
	"context"
	"errors"
	"time"

	"maru.dev/maru/clock"
	"maru.dev/maru/kv"
)

const (
	// rescanEvery is how long a node may be without a task that only another
	// node has heard of.
	rescanEvery = 2 * time.Second
	// maxClaims is how many claims may be committing at a time, so that one
	// does not wait for the disk behind another.
	maxClaims = 4
	// maxBatch is how many tasks one claim takes.
	maxBatch = 128
	// patience is how long a run has a worker for itself. After that it waits for
	// others, most likely, and its worker goes to the next task where there is one.
	patience = time.Second
	// maxAside is how many runs may go on without a worker.
	maxAside = 8 << 10
	// storePause is how long to leave a store alone that refused a claim.
	storePause = time.Second
)

// worker is one Run of a Queue: a loop that owns the schedule, and the
// goroutines that claim and run for it. Only the loop touches its fields, but
// for the Queue's, which do not change.
type worker struct {
	*Queue
	instance  string
	plan      *schedule
	heard     kv.Key // the last news read
	untrimmed int
	swept     kv.Key // how far the present sweep has come
	running   map[*entry]*Run
	expiry    time.Time // no lease of running ends before it
	used      int       // workers that run or are about to
	aside     int       // runs that go on without a worker
	relief    time.Time // when to look for more of those
	claims    int       // claims that are committing
	tokens    uint64
	wake      clock.Timer
	rescan    time.Time
	results   chan result
}

// result is what a goroutine reports to the loop: the end of a claim (batch set)
// or of a run.
type result struct {
	batch   []*entry
	claimed []claimed
	run     *Run
	next    time.Time // when to look at the task again; the zero time is never
}

// Run works until ctx ends. Handlers under way are waited for, and get their
// context cancelled once the grace is over; what they have not finished is free
// for the next process.
func (q *Queue) Run(ctx context.Context) error {
	w := &worker{
		Queue:    q,
		instance: q.ids.Hex(16),
		plan:     newSchedule(),
		running:  make(map[*entry]*Run),
		results:  make(chan result, q.workers+maxClaims),
	}
	watch := q.store.Watch(topic())
	defer watch.Stop()
	if err := cmp.Or(w.enlist(ctx), w.listen(ctx)); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	w.wake = q.clock.NewTimer(rescanEvery)
	defer w.wake.Stop()
	w.rescan = q.clock.Now().Add(rescanEvery)
	w.loop(ctx, watch)
	return nil
}

// loop takes in what happens and hands out what is due, until ctx ends.
func (w *worker) loop(ctx context.Context, watch *kv.Watch) {
	work, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(errStopping)
	news := false
	for ctx.Err() == nil {
		if news = w.step(ctx, work, news); news {
			w.drain()
			continue
		}
		w.setTimer()
		select {
		case <-ctx.Done():
		case <-watch.C():
			news = true
		case r := <-w.results:
			w.settle(r)
		case <-w.wake.C():
		}
		w.drain()
	}
	w.leave(stop)
}

// leave waits for what is under way. Whoever ends the process keeps real time.
func (w *worker) leave(stop context.CancelCauseFunc) {
	grace := clock.System{}.NewTimer(w.grace)
	defer grace.Stop()
	for w.used > 0 || w.aside > 0 || w.claims > 0 {
		select {
		case r := <-w.results:
			w.settle(r)
		case <-grace.C():
			stop(errStopping)
		}
	}
}

// drain settles all results that are there already.
func (w *worker) drain() {
	for {
		select {
		case r := <-w.results:
			w.settle(r)
		default:
			return
		}
	}
}

// step brings the schedule up to date and starts what is due. It returns
// whether there is more to read at once.
func (w *worker) step(ctx, work context.Context, news bool) bool {
	more := false
	now := w.clock.Now()
	if news {
		var err error
		more, err = w.hear(ctx)
		more = w.logged(err) && more
	}
	if !now.Before(w.rescan) {
		w.rescan = now.Add(rescanEvery)
		w.logged(w.sweep(ctx))
		w.logged(w.trim(ctx))
	}
	if w.untrimmed >= trimAfter {
		w.logged(w.trim(ctx))
	}
	w.plan.advance(now)
	if w.plan.wants() {
		more = w.logged(w.readIndex(ctx)) && w.plan.wants() || more
	}
	w.logged(w.refillLanes(ctx))
	w.expire(now)
	w.relieve(now)
	w.start(ctx, work)
	return more
}

// logged tells whether err is nil, and logs it if not. The loop goes on: what
// could not be read is found by the next sweep.
func (w *worker) logged(err error) bool {
	if err != nil && !errors.Is(err, context.Canceled) {
		w.log.Error("read tasks", "err", err)
	}
	return err == nil
}

// setTimer sets the alarm for whatever comes first.
func (w *worker) setTimer() {
	at := w.rescan
	if due, ok := w.plan.next(); ok && due.Before(at) {
		at = due
	}
	if len(w.running) > 0 && w.expiry.Before(at) {
		at = w.expiry
	}
	if w.pressed() && w.relief.Before(at) {
		at = w.relief
	}
	w.wake.Reset(at.Sub(w.clock.Now()))
}

// pressed tells whether tasks that are due wait for a worker.
func (w *worker) pressed() bool {
	return w.used >= w.workers && w.plan.ready > 0 && w.aside < maxAside
}

// relieve takes the workers of runs that have had theirs for long, when others
// wait for one. So calls that take minutes, however many, hold up nothing; that
// an owner has only its share at a time stays as it is.
func (w *worker) relieve(now time.Time) {
	if !w.pressed() || now.Before(w.relief) {
		return
	}
	w.relief = now.Add(patience / 4)
	for _, run := range w.running {
		if !run.aside && now.Sub(run.began) >= patience && w.aside < maxAside {
			run.aside = true
			w.aside++
			w.used--
		}
	}
}

// start claims what may run now.
func (w *worker) start(ctx, work context.Context) {
	for w.claims < maxClaims && w.used < w.workers {
		batch := w.plan.pick(min(w.workers-w.used, maxBatch))
		if len(batch) == 0 {
			return
		}
		w.used += len(batch)
		w.claims++
		token := w.tokens
		w.tokens += uint64(len(batch))
		go w.claimAndRun(ctx, work, batch, token)
	}
}

// claimAndRun claims the tasks of a batch and runs each in a goroutine of its
// own. The loop hears of the claim before it hears of any of the runs.
func (w *worker) claimAndRun(ctx, work context.Context, batch []*entry, token uint64) {
	got, err := w.claim(ctx, batch, token)
	if err != nil && ctx.Err() == nil {
		w.log.Error("claim tasks", "err", err)
	}
	for _, c := range got {
		if c.run != nil {
			c.run.prepare(work)
		}
	}
	w.results <- result{batch: batch, claimed: got}
	for _, c := range got {
		if c.run == nil {
			continue
		}
		go func() {
			defer c.run.stop(nil)
			next := w.execute(c.run.ctx, c.run)
			w.results <- result{run: c.run, next: next}
		}()
	}
}

// prepare makes the context in which the run's handler works.
func (r *Run) prepare(work context.Context) { r.ctx, r.stop = context.WithCancelCause(work) }

// settle takes note of a result.
func (w *worker) settle(r result) {
	now := w.clock.Now()
	if r.run != nil {
		if r.run.aside {
			w.aside--
		} else {
			w.used--
		}
		w.end(r.run, r.next, now)
		return
	}
	w.claims--
	if r.claimed == nil { // the store refused
		for _, e := range r.batch {
			w.used--
			w.plan.release(e)
			w.plan.remind(e, now.Add(storePause), now)
		}
		return
	}
	for _, c := range r.claimed {
		if c.run != nil {
			w.begin(c.run)
			continue
		}
		w.used--
		w.plan.release(c.entry)
		if !c.later.IsZero() {
			w.plan.remind(c.entry, c.later, now)
		}
	}
}

// begin watches over a run's lease.
func (w *worker) begin(run *Run) {
	run.began = w.clock.Now()
	until := time.Unix(0, run.until.Load()).UTC()
	if len(w.running) == 0 || until.Before(w.expiry) {
		w.expiry = until
	}
	w.running[run.entry] = run
}

// end takes note of a run's end, unless its lease ended before.
func (w *worker) end(run *Run, next, now time.Time) {
	if w.running[run.entry] != run {
		return
	}
	delete(w.running, run.entry)
	w.plan.release(run.entry)
	if !next.IsZero() {
		w.plan.admit(place{next, run.ID}, run.Owner, now)
	}
}

// expire cancels the runs whose leases have ended, and has their tasks claimed
// anew. A run that does not heed its context keeps its worker, not its task.
func (w *worker) expire(now time.Time) {
	if len(w.running) == 0 || now.Before(w.expiry) {
		return
	}
	w.expiry = now.Add(time.Hour)
	for e, run := range w.running {
		until := time.Unix(0, run.until.Load()).UTC()
		if until.After(now) {
			if until.Before(w.expiry) {
				w.expiry = until
			}
			continue
		}
		delete(w.running, e)
		run.stop(ErrLost)
		w.plan.release(e)
		w.plan.remind(e, now, now)
	}
}
