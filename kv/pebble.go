package kv

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"maru.dev/maru/kv/internal/census"
	"maru.dev/maru/kv/internal/space"
	"maru.dev/maru/kv/internal/tally"
	"maru.dev/maru/kv/internal/together"
)

// metaVersion is the key of the store's own row, which sorts before all keys of
// users: no commit's version is above its value.
var metaVersion = []byte{0x01, 'v'}

// versionBlock is how many versions are reserved at a time, so that not every
// commit has to write its version down.
const versionBlock = 1 << 16

// anchorEvery is after how many commits the oldest open snapshot is replaced.
// Pebble looks for compactions each time its oldest snapshot is closed, which
// for the snapshot of each commit is too often.
const anchorEvery = 256

// stripes is how many groups of keys changes are remembered for, in 8 MiB. A record
// that is read as often as one in fifty thousand writes is then seldom read again for
// the change of another that shares its stripe.
const stripes = 1 << 20

// pebbleEngine keeps a store in Pebble.
//
// A commit holds mu while it is checked against what was committed since its
// snapshot, gets its version, enters Pebble's log and table, and becomes the
// newest applied snapshot. It then waits without mu for a sync of the log, which
// serves all that wait; what was applied when that began becomes the newest
// durable snapshot.
// Pebble's log is written and synced in order: when a version is durable, so
// are all before it.
type pebbleEngine struct {
	db        *pebble.DB
	space     *space.Space
	cacheSize int64
	log       *slog.Logger
	hash      func(key string) uint64
	broken    atomic.Bool // nothing on disk is changed any more
	alone     owner       // the Update that has the engine to itself
	onFailure func(error) // called once, when failure is set

	mu       sync.Mutex // commits; taken before syncMu
	version  uint64     // of the newest commit
	reserved uint64     // versions up to here may be used
	history  history
	addends  tally.Addends
	census   census.Census
	anchor   *pebble.Snapshot  // the oldest open, see anchorEvery
	live     []*pebbleSnapshot // in order of version, the newest last; older ones while an Update reads them

	applied atomic.Pointer[pebbleSnapshot]

	// The newest version that wrote a key with one of these hashes, and that
	// removed a range. They are set before that version can be seen, so a key
	// whose stripe is older is still as it was.
	stripes   [stripes]atomic.Uint64
	clearedAt atomic.Uint64

	syncs   together.Line
	syncMu  sync.Mutex
	synced  sync.Cond // signalled when safe or failed changes
	safe    atomic.Pointer[pebbleSnapshot]
	failure error // why no more commits are possible

	surveys surveys
}

// start makes the first snapshot of an opened database.
func (e *pebbleEngine) start() error {
	e.synced.L = &e.syncMu
	raw, closer, err := e.db.Get(metaVersion)
	switch {
	case errors.Is(err, pebble.ErrNotFound):
	case err != nil:
		return fmt.Errorf("read version: %w", err)
	default:
		e.version = binary.BigEndian.Uint64(raw)
		if err := closer.Close(); err != nil {
			return err
		}
	}
	e.reserved = e.version
	e.moveAnchor()
	snap := &pebbleSnapshot{Snapshot: e.db.NewSnapshot(), engine: e, version: e.version}
	snap.refs.Store(2) // applied and safe
	e.applied.Store(snap)
	e.safe.Store(snap)
	e.live = []*pebbleSnapshot{snap}
	return nil
}

// durable implements engine.
func (e *pebbleEngine) durable() (snapshot, error) { return acquire(&e.safe), nil }

// latest implements engine.
func (e *pebbleEngine) latest() (snapshot, error) {
	for {
		s := e.applied.Load()
		s.updates.Add(1) // before the check: see trim
		if s == e.applied.Load() && s.retain() {
			return updateSnapshot{s}, nil
		}
		s.updates.Add(-1)
	}
}

// acquire returns the snapshot in at, in use.
func acquire(at *atomic.Pointer[pebbleSnapshot]) *pebbleSnapshot {
	for {
		if s := at.Load(); s.retain() {
			return s
		}
	}
}

// commit implements engine.
func (e *pebbleEngine) commit(c *changes) error {
	if e.alone.isCaller() {
		return errNested
	}
	batch, err := e.batch(c)
	if err != nil {
		return err
	}
	e.mu.Lock()
	err = e.apply(c, batch)
	e.mu.Unlock()
	if err != nil {
		return err
	}
	return e.await(c)
}

// exclusive implements engine.
func (e *pebbleEngine) exclusive(fn func(snapshot) (*changes, error)) error {
	if e.alone.isCaller() {
		return errNested
	}
	base, c, err := e.runAlone(fn)
	defer base.release()
	if c != nil {
		return e.await(c)
	}
	// What fn saw decides what the caller does: it must be durable.
	if lost := e.settle(base); lost != nil {
		return lost
	}
	return err
}

// runAlone runs fn and applies its changes, if any, while nothing else commits.
// It returns what was applied.
func (e *pebbleEngine) runAlone(fn func(snapshot) (*changes, error)) (*pebbleSnapshot, *changes, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	defer e.alone.enter()()
	base := acquire(&e.applied)
	c, err := fn(base)
	if err != nil || c.empty() {
		return base, nil, err
	}
	batch, err := e.batch(c)
	if err != nil {
		return base, nil, err
	}
	if err := e.apply(c, batch); err != nil {
		return base, nil, err
	}
	return base, c, nil
}

// batch turns c into Pebble's form, all but what depends on the version.
func (e *pebbleEngine) batch(c *changes) (*pebble.Batch, error) {
	if err := e.failed(); err != nil {
		return nil, err
	}
	size, removal := c.size()
	if err := e.room(size, removal); err != nil {
		return nil, fmt.Errorf("kv: commit: %w", err)
	}
	batch := e.db.NewBatchWithSize(size)
	for _, s := range c.cleared {
		if err := batch.DeleteRange(s.from, s.to, nil); err != nil {
			return nil, fmt.Errorf("kv: commit: %w", err)
		}
	}
	for i := range c.points {
		if err := addPoint(batch, &c.points[i]); err != nil {
			return nil, fmt.Errorf("kv: commit: %w", err)
		}
	}
	return batch, nil
}

// addPoint adds one point to batch, without a copy of it in between.
func addPoint(batch *pebble.Batch, p *point) error {
	var op *pebble.DeferredBatchOp
	switch p.op {
	case opPut:
		op = batch.SetDeferred(len(p.key), len(p.value))
		copy(op.Value, p.value)
	case opDelete:
		op = batch.DeleteDeferred(len(p.key))
	default:
		op = batch.MergeDeferred(len(p.key), p.delta.size())
		p.delta.put(op.Value)
	}
	copy(op.Key, p.key)
	return op.Finish()
}

// apply makes c the newest commit, in memory and in the log's buffer. Callers
// hold mu.
func (e *pebbleEngine) apply(c *changes, batch *pebble.Batch) error {
	if base, ok := c.snap.(updateSnapshot); ok && e.history.conflicts(base.version, c) {
		return errors.Join(errConflict, batch.Close())
	}
	version := e.version + 1
	if version > e.reserved {
		reserved := version + versionBlock
		if err := batch.Set(metaVersion, binary.BigEndian.AppendUint64(nil, reserved), nil); err != nil {
			return fmt.Errorf("kv: commit: %w", err)
		}
		e.reserved = reserved
	}
	done := entry{version: version, points: c.points, cleared: c.cleared}
	for _, row := range c.stamped {
		key := Key(row.prefix).With(version)
		key = append(key, row.suffix...)
		if err := batch.Set(key, row.value, nil); err != nil {
			return fmt.Errorf("kv: commit: %w", err)
		}
		done.stamped = append(done.stamped, string(key))
	}
	if err := e.fold(c, batch); err != nil {
		return fmt.Errorf("kv: commit: %w", err)
	}
	if err := e.count(&done, c.fresh); err != nil {
		return fmt.Errorf("kv: commit: %w", err)
	}
	if err := e.write(batch); err != nil {
		return e.fail(err)
	}
	e.version = version
	for i := range done.points {
		done.points[i].value = nil
	}
	e.history.add(done)
	if version%anchorEvery == 0 || len(c.cleared) > 0 {
		e.moveAnchor()
	}
	for i := range done.points {
		e.stripes[done.points[i].hash%stripes].Store(version)
	}
	if len(c.cleared) > 0 {
		e.clearedAt.Store(version)
	}
	snap := &pebbleSnapshot{Snapshot: e.db.NewSnapshot(), engine: e, version: version}
	snap.refs.Store(1) // applied
	e.live = append(e.live, snap)
	e.applied.Swap(snap).release()
	e.trim()
	return batch.Close()
}

// count keeps the census of what is about to be written. fresh are prefixes that
// it is to take on, if they are empty. Callers hold mu.
func (e *pebbleEngine) count(done *entry, fresh []string) error {
	for _, s := range done.cleared {
		switch {
		case string(s.from) == string(userFrom):
			e.census.Clear()
		case len(s.from) > 0:
			e.census.Drop(string(s.from[:len(s.from)-1])) // as Prefix has made it
		}
	}
	for _, prefix := range fresh {
		if err := e.takeOn(prefix, done.version); err != nil {
			return err
		}
	}
	for i := range done.points {
		if p := &done.points[i]; p.op != opDelete {
			e.census.Add(p.key, p.hash)
		}
	}
	for _, key := range done.stamped {
		e.census.Forget(key) // these have no hash
	}
	return nil
}

// takeOn begins the census of a prefix with the commit of a version, unless there
// is one: at once where there are no keys, else by a survey. Callers hold mu.
func (e *pebbleEngine) takeOn(prefix string, version uint64) error {
	if e.census.Knows(prefix) {
		return nil
	}
	empty, err := e.emptyBelow(Key(prefix))
	switch {
	case err != nil:
		return err
	case empty:
		e.census.Begin(prefix, version)
	default:
		e.surveys.begin(e, prefix)
	}
	return nil
}

// emptyBelow says whether no key continues prefix. Callers hold mu.
func (e *pebbleEngine) emptyBelow(prefix Key) (bool, error) {
	s := Prefix(prefix).span()
	it, err := e.db.NewIter(&pebble.IterOptions{LowerBound: s.from, UpperBound: s.to})
	if err != nil {
		return false, err
	}
	found := it.First()
	return !found, errors.Join(it.Error(), it.Close())
}

// moveAnchor lets Pebble drop what only older snapshots needed. Callers hold mu.
func (e *pebbleEngine) moveAnchor() {
	old := e.anchor
	e.anchor = e.db.NewSnapshot()
	if old != nil {
		_ = old.Close() // cannot fail: it only leaves a list
	}
}

// write enters batch in Pebble's log and table, where it is until a sync makes
// it durable. Callers hold mu.
func (e *pebbleEngine) write(batch *pebble.Batch) error {
	return e.guard(func() error { return e.db.Apply(batch, pebble.NoSync) })
}

// guard runs something that writes to Pebble's log. Pebble panics when its log
// has failed, and must not be written to again. Callers hold mu.
func (e *pebbleEngine) guard(write func() error) (err error) {
	if err := e.failed(); err != nil {
		return err
	}
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case error:
			err = cause
		default:
			err = fmt.Errorf("storage engine: %v", cause)
		}
	}()
	return write()
}

// trim forgets what no Update can ask for any more. A snapshot that is not the
// newest gains no new Updates, so the oldest without any can go. (latest counts
// itself before it checks that its snapshot is still the newest: either trim
// sees the count, or latest sees the newer snapshot.) Callers hold mu.
func (e *pebbleEngine) trim() {
	n := 0
	for n < len(e.live)-1 && e.live[n].updates.Load() == 0 {
		n++
	}
	clear(e.live[:n])
	e.live = e.live[n:]
	e.history.forget(e.live[0].version)
}

// await returns once c, which was applied, is durable and can be seen by Views.
func (e *pebbleEngine) await(c *changes) error {
	if err := e.syncs.Do(e.sync); err != nil {
		return err
	}
	c.wake()
	return nil
}

// sync makes durable what has been applied.
func (e *pebbleEngine) sync() error {
	batch := e.db.NewBatch()
	e.mu.Lock()
	snap := acquire(&e.applied)
	err := e.guard(func() error {
		// An empty record at the log's end: it is synced with all before it.
		if err := batch.LogData(nil, nil); err != nil {
			return err
		}
		return e.db.ApplyNoSyncWait(batch, pebble.Sync)
	})
	e.mu.Unlock()
	if err == nil {
		err = batch.SyncWait()
	}
	if err != nil {
		snap.release()
		return e.fail(err)
	}
	e.publish(snap)
	return batch.Close()
}

// publish makes snap the newest durable snapshot, unless a newer one is. It
// takes over the caller's use of snap.
func (e *pebbleEngine) publish(snap *pebbleSnapshot) {
	e.syncMu.Lock()
	old := snap
	if snap.version > e.safe.Load().version {
		old = e.safe.Swap(snap)
	}
	e.synced.Broadcast()
	e.syncMu.Unlock()
	old.release()
}

// settle implements engine.
func (e *pebbleEngine) settle(s snapshot) error {
	var version uint64
	switch s := s.(type) {
	case updateSnapshot:
		version = s.version
	case *pebbleSnapshot:
		version = s.version
	}
	e.syncMu.Lock()
	defer e.syncMu.Unlock()
	for e.safe.Load().version < version && e.failure == nil {
		e.synced.Wait()
	}
	if e.safe.Load().version >= version {
		return nil
	}
	return e.failure
}

// close implements engine. A broken engine cannot be closed in good order; it
// is left to the garbage collector.
func (e *pebbleEngine) close() error {
	e.surveys.stop()
	if e.broken.Load() {
		return nil
	}
	e.applied.Load().release()
	e.safe.Load().release()
	return errors.Join(e.anchor.Close(), e.db.Close())
}
