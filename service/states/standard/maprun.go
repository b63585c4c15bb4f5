package standard

import (
	"context"
	"fmt"
	"strings"

	"maru.dev/maru/kv"
	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/machine"
	"maru.dev/maru/task"
)

// MapRun is the run of a distributed Map state. Its rows, below account, region,
// "states":
//
//	u  run                    → MapRun
//	ul scope name run         → true      index: the map runs of an execution
//	uq run                    → JSON      the items of a map without a reader
//	ui run item               → JSON      the input of each child execution
//	un run item               → number    how many items it has, where they are batched
//	ud run item               → childEnd  ends that are still to be counted
//	ur run item               → childEnd  ends, for the results
//
// A task of the kind "states.map" brings it forward: it reads the items, starts
// children, counts ends, and writes the results. Each child's end adds one. The
// rows of a run that has not ended well stay for a redrive (mapredrive.go).
type MapRun struct {
	Home   machine.Home `cbor:"-"`
	ID     string       // "machine/label:uuid", as in its ARN
	Scope  string       // of the execution
	Name   string
	Thread int64
	State  string
	Label  string

	Status  MapStatus
	Phase   mapPhase
	Started int64
	Stopped int64 `cbor:",omitempty"`

	Express                    bool
	Listed                     bool // items are in uq
	MaxConcurrency             int64
	ToleratedFailureCount      int64
	ToleratedFailurePercentage float64
	HasCount, HasPercentage    bool

	Total, Begun int64 // children
	Items        int64
	Counts       Counts
	ItemCounts   Counts
	Batched      bool   `cbor:",omitempty"` // a child may have more than one item
	Error        string `cbor:",omitempty"`
	Cause        string `cbor:",omitempty"`
	Written      int64  `cbor:",omitempty"`
	WrittenItems int64  `cbor:",omitempty"`

	Redrives   int64 `cbor:",omitempty"`
	RedrivenAt int64 `cbor:",omitempty"`
	// Redriven is the item before which no child waits for its redrive any more.
	Redriven int64 `cbor:",omitempty"`
	// Again asks for a redrive once the run has ended.
	Again bool `cbor:",omitempty"`
	// Fixed are those of Counts that have not ended well and cannot be redriven.
	Fixed      Counts
	FixedItems Counts
}

// MapStatus is where a map run stands.
type MapStatus string

// The statuses of map runs.
const (
	MapRunning   MapStatus = "RUNNING"
	MapSucceeded MapStatus = "SUCCEEDED"
	MapFailed    MapStatus = "FAILED"
	MapAborted   MapStatus = "ABORTED"
)

// mapPhase is what a map run does next.
type mapPhase uint8

// The phases.
const (
	reading mapPhase = iota
	mapping
	ending
	over
)

// Counts count children or items by how they stand.
type Counts struct {
	Running, Succeeded, Failed, TimedOut, Aborted int64 `cbor:",omitempty"`
	Waiting                                       int64 `cbor:",omitempty"` // for a redrive
}

// add counts n that have ended.
func (c *Counts) add(status engine.Status, n int64) {
	switch status {
	case engine.Succeeded:
		c.Succeeded += n
	case engine.FailedStatus:
		c.Failed += n
	case engine.TimedOut:
		c.TimedOut += n
	case engine.AbortedStatus:
		c.Aborted += n
	case engine.Running:
	}
}

// Unsuccessful is how many have not ended well.
func (c *Counts) Unsuccessful() int64 { return c.Failed + c.TimedOut + c.Aborted }

// childEnd is how a child has ended. What express children leave is in it, since
// they are not kept.
type childEnd struct {
	Name    string
	Status  engine.Status
	Express *ChildEnd `cbor:",omitempty"`
	Items   int64     `cbor:",omitempty"` // 0 is 1
	Fixed   bool      `cbor:",omitempty"` // it cannot be redriven
}

// items is how many items the child has.
func (e *childEnd) items() int64 { return max(1, e.Items) }

// ChildEnd is what an express child leaves.
type ChildEnd struct {
	ARN              string
	Status           engine.Status
	Output           *string `cbor:",omitempty"`
	Error, Cause     *string `cbor:",omitempty"`
	Started, Stopped int64
}

// ARN is the map run's ARN.
func (m *MapRun) ARN() string { return m.Home.ARN("mapRun:" + m.ID) }

// Execution is the execution that it is a part of.
func (m *MapRun) Execution() Key { return Key{m.Home, m.Scope, m.Name} }

// childScope is the scope of its children.
func (m *MapRun) childScope() string {
	name, _, _ := strings.Cut(m.Scope, "/")
	return name + "/" + m.Label
}

// itemsOf is how many items a child has.
func (m *MapRun) itemsOf(tx *kv.Tx, item int64) (int64, error) {
	if !m.Batched {
		return 1, nil
	}
	n, _, err := kv.Get[int64](tx, mapKey(m.Home, "un", m.ID, item))
	return max(1, n), err
}

// mapKey is a row of a map run.
func mapKey(h machine.Home, folder, run string, more ...any) kv.Key {
	return h.Key(folder, run).With(more...)
}

// LoadMapRun reads a map run.
func LoadMapRun(tx *kv.Tx, h machine.Home, id string) (*MapRun, bool, error) {
	m, ok, err := kv.Get[MapRun](tx, mapKey(h, "u", id))
	if err != nil {
		return nil, false, fmt.Errorf("load map run: %w", err)
	}
	m.Home = h
	return &m, ok, nil
}

// PutMapRun writes a map run.
func PutMapRun(tx *kv.Tx, m *MapRun) error { return kv.Put(tx, mapKey(m.Home, "u", m.ID), *m) }

// mapKind is the kind of tasks that bring a map run forward.
const mapKind = "states.map"

// poke has a map run looked at.
func (r *Runner) poke(tx *kv.Tx, h machine.Home, run string) error {
	_, err := r.deps.Tasks.Add(tx, task.Task{Kind: mapKind, Owner: h.ARN("mapRun:" + run), Account: h.Account, Region: h.Region, Body: run, Lease: callLease})
	return err
}

// Poke has a map run looked at whose settings have changed.
func (r *Runner) Poke(tx *kv.Tx, m *MapRun) error { return r.poke(tx, m.Home, m.ID) }

// MapRun implements engine.Host.
func (v *visit) MapRun(e engine.MapRun) (string, error) {
	k := v.x.Key
	label := LabelOf(e.State)
	m := &MapRun{
		Home: k.Home, ID: k.Machine() + "/" + label + ":" + v.runner.deps.IDs.UUID(), Scope: k.Scope, Name: k.Name,
		Thread: e.Thread.ID, State: e.State.Name, Label: label, Status: MapRunning, Started: v.turn.Now.UnixMilli(),
		Express: e.State.Map.ExecutionType == "EXPRESS", Listed: e.Items != nil, MaxConcurrency: e.MaxConcurrency,
		ToleratedFailureCount: e.ToleratedFailureCount, ToleratedFailurePercentage: e.ToleratedFailurePercentage,
		HasCount: e.HasCount, HasPercentage: e.HasPercentage,
	}
	if m.Listed {
		if err := v.tx.Put(mapKey(m.Home, "uq", m.ID), e.Items); err != nil {
			return "", err
		}
	}
	if err := v.tx.Put(k.Key("ul", k.Scope, k.Name, m.ID), nil); err != nil {
		return "", err
	}
	if err := v.runner.poke(v.tx, m.Home, m.ID); err != nil {
		return "", err
	}
	return m.ARN(), PutMapRun(v.tx, m)
}

// StopMapRun implements engine.Host.
func (v *visit) StopMapRun(run string) error {
	_, id, _ := strings.Cut(run, ":mapRun:")
	m, ok, err := LoadMapRun(v.tx, v.x.Key.Home, id)
	if err != nil || !ok || m.Status != MapRunning && !m.Again {
		return err
	}
	if m.Again { // it ends already
		m.Again = false
		return PutMapRun(v.tx, m)
	}
	m.Status, m.Phase = MapAborted, ending
	if err := v.runner.poke(v.tx, m.Home, m.ID); err != nil {
		return err
	}
	return PutMapRun(v.tx, m)
}

// childEnded notes a child's end for its map run.
func (r *Runner) childEnded(tx *kv.Tx, h machine.Home, run string, item int64, end childEnd) error {
	if err := kv.Put(tx, mapKey(h, "ud", run, item), end); err != nil {
		return err
	}
	return r.poke(tx, h, run)
}

// runMap brings a map run forward as far as it goes.
func (r *Runner) runMap(ctx context.Context, run *task.Run) error {
	var id string
	if err := run.Decode(&id); err != nil {
		return task.Dead(err)
	}
	h := machine.Home{Account: run.Account, Region: run.Region}
	for ctx.Err() == nil {
		var m *MapRun
		err := r.deps.Store.View(ctx, func(tx *kv.Tx) (err error) {
			m, _, err = LoadMapRun(tx, h, id)
			return err
		})
		if err != nil {
			return err
		}
		var again bool
		switch m.Phase {
		case reading:
			again, err = true, r.readItems(ctx, m)
		case mapping:
			again, err = r.spread(ctx, m)
		case ending:
			again, err = r.endMap(ctx, m)
		case over:
		}
		if err != nil || !again {
			return err
		}
	}
	return ctx.Err()
}

// updateMap changes a map run that is still in a phase. One that has moved on is
// left alone.
func (r *Runner) updateMap(ctx context.Context, m *MapRun, phase mapPhase, how func(tx *kv.Tx, m *MapRun) error) error {
	return r.update(ctx, Key{m.Home, "map run", m.ID}, func(tx *kv.Tx) error {
		now, ok, err := LoadMapRun(tx, m.Home, m.ID)
		if err != nil || !ok || now.Phase != phase {
			return err
		}
		if err := how(tx, now); err != nil {
			return err
		}
		return PutMapRun(tx, now)
	})
}
